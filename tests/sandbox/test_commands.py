"""Commands and files in a sandbox, the same in every tier."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import anyio
import pytest

from tests.sandbox.helpers import Open, eventually, processes_with, until

pytestmark = pytest.mark.anyio


async def test_exec_says_how_a_command_ended(tier: str, opened: Open) -> None:
    async with opened(tier) as sandbox:
        both = await sandbox.exec("echo one; echo two >&2; exit 3")
        assert (both.exit_code, both.output, both.timed_out) == (3, b"one\ntwo\n", False)
        assert (await sandbox.exec("kill -9 $$")).exit_code == 128 + 9
        assert (await sandbox.exec(["echo", "a  b"])).output == b"a  b\n"
        assert (await sandbox.exec(["no-such-program"])).exit_code == 127
        assert (await sandbox.exec("pwd", cwd="/usr")).output == b"/usr\n"
        assert (await sandbox.exec("pwd")).output.decode().strip() == sandbox.workspace
        assert (await sandbox.exec("wc -c", stdin=b"x" * 300_000)).output == b"300000\n"
        assert (await sandbox.exec("true", stdin=b"x" * 300_000)).exit_code == 0
        assert (await sandbox.exec("cat")).output == b""
        assert (await sandbox.exec("echo $A", env={"A": "b"})).output == b"b\n"
        assert (await sandbox.exec("touch $HOME/x $TMPDIR/x && id -u && python3 -c 'print(1)'")).exit_code == 0


async def test_output_is_bounded_and_the_rest_counted(tier: str, opened: Open) -> None:
    async with opened(tier, output=100_000) as sandbox:
        result = await sandbox.exec("head -c 5000000 /dev/zero")
        assert (result.exit_code, len(result.output), result.dropped) == (0, 100_000, 4_900_000)


async def test_a_time_limit_kills_the_whole_tree(tier: str, opened: Open) -> None:
    word = f"77{secrets.randbelow(10**9)}"
    async with opened(tier) as sandbox:
        result = await sandbox.exec(f"(setsid bash -c 'sleep {word} & sleep {word} & wait' &) & echo hi; sleep 77", timeout_s=1.5)
        assert (result.exit_code, result.timed_out, result.output) == (None, True, b"hi\n")
        assert not processes_with(word)
        assert (await sandbox.exec("echo alive")).output == b"alive\n"


async def test_daemons_live_on_until_the_sandbox_is_closed(tier: str, opened: Open) -> None:
    word = f"78{secrets.randbelow(10**9)}"
    async with opened(tier) as sandbox:
        assert (await sandbox.exec(f"setsid nohup sleep {word} >/dev/null 2>&1 & (sleep {word} &)")).exit_code == 0
        assert eventually(lambda: len(processes_with(word)) == 2)
    assert not processes_with(word)


async def test_cancelling_exec_kills_its_command_only(tier: str, opened: Open) -> None:
    word = f"79{secrets.randbelow(10**9)}"
    async with opened(tier) as sandbox:
        with anyio.move_on_after(0.5):
            await sandbox.exec(f"sleep {word}")
        assert not processes_with(word)
        assert (await sandbox.exec("echo alive")).output == b"alive\n"


async def test_closing_works_under_cancellation(tier: str, opened: Open) -> None:
    word = f"80{secrets.randbelow(10**9)}"
    with anyio.move_on_after(1):
        async with opened(tier) as sandbox:
            await sandbox.spawn(f"trap '' TERM INT; sleep {word}")
            await anyio.sleep_forever()
    assert not processes_with(word)


async def test_exceptions_of_the_body_come_through(tier: str, opened: Open) -> None:
    with pytest.raises(ZeroDivisionError):
        async with opened(tier):
            _ = 1 / 0


async def test_spawn_poll_and_kill(tier: str, opened: Open) -> None:
    async with opened(tier) as sandbox:
        process = await sandbox.spawn("echo first; read line < fifo || true; sleep 0.1; cat go 2>/dev/null; sleep 100")
        assert process.running
        assert await process.wait(0.3) is None
        await until(lambda: b"first\n" in process.output())
        await process.kill()
        ended = await process.wait()
        assert ended is not None
        assert ended.exit_code == 128 + 9
        assert not process.running
        quick = await (await sandbox.spawn("echo done")).wait()
        assert quick is not None
        assert (quick.exit_code, quick.output) == (0, b"done\n")


async def test_commands_run_side_by_side(tier: str, opened: Open) -> None:
    async with opened(tier) as sandbox, anyio.create_task_group() as tasks:
        tasks.start_soon(sandbox.exec, "mkfifo a; echo ping > a")
        result = await sandbox.exec("while [ ! -p a ]; do sleep 0.01; done; cat a")
        assert result.output == b"ping\n"


async def test_files_are_written_and_read(tier: str, opened: Open, workspace: Path) -> None:
    async with opened(tier) as sandbox:
        data = os.urandom(3_000_000)
        await sandbox.write_file("deep/er/file.bin", data)
        assert await sandbox.read_file("deep/er/file.bin") == data
        assert (workspace / "deep/er/file.bin").read_bytes() == data
        await sandbox.write_file(f"{sandbox.workspace}/deep/er/file.bin", b"short")
        assert await sandbox.read_file("deep/er/file.bin") == b"short"
        with pytest.raises(ValueError, match="larger"):
            await sandbox.read_file("deep/er/file.bin", max_bytes=4)
        with pytest.raises(FileNotFoundError):
            await sandbox.read_file("missing")
        with pytest.raises(IsADirectoryError):
            await sandbox.write_file("deep", b"")
        await sandbox.exec("mkfifo fifo; ln -s loop loop")
        for name in ("deep", "fifo", "loop", "/dev/zero"):
            with pytest.raises(OSError, match="not a regular file|symbolic links"):
                await sandbox.read_file(name)


async def test_assets_are_shown_read_only(tier: str, opened: Open, folder: Path) -> None:
    assets = folder / "assets"
    assets.mkdir()
    (assets / "x").write_text("data")
    async with opened(tier, binds={"set": assets}) as sandbox:
        assert await sandbox.read_file(sandbox.path("set") + "/x") == b"data"
        with pytest.raises(KeyError):
            sandbox.path("other")
        if tier != "none":
            with pytest.raises(OSError, match="Read-only|Permission"):
                await sandbox.write_file(sandbox.path("set") + "/x", b"changed")
            assert (await sandbox.exec(f"echo > {sandbox.path('set')}/y")).exit_code != 0
