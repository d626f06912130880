"""What agent code cannot reach, whatever it tries."""

from __future__ import annotations

import json
import os
import secrets
import socket
import sys
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from mldevbench.sandbox import cgroups
from tests.sandbox.helpers import PYTHON, WEAK, Open, eventually, processes_with

pytestmark = pytest.mark.anyio

RIGHTS = """
import ctypes, json
libc, sets = ctypes.CDLL(None), (ctypes.c_uint32 * 6)()
libc.capget((ctypes.c_uint32 * 2)(0x20080522, 0), sets)
bounding = sum((libc.prctl(23, c, 0, 0, 0) > 0) << c for c in range(41))
print(json.dumps([sets[0] | sets[3] << 32, bounding, libc.prctl(39, 0, 0, 0, 0), libc.prctl(21, 0, 0, 0, 0)]))
"""
"""Effective and bounding capabilities, no_new_privs, seccomp: by system calls, for a sandbox may have no /proc."""

_RUNNER = """
import anyio, sys
from pathlib import Path
from mldevbench.clock import TrialClock
from mldevbench.sandbox import NodeBroker, SandboxSpec, open_sandbox

async def main(tier, workspace, python, word):
    spec = SandboxSpec(workspace=Path(workspace), python=Path(python))
    async with open_sandbox(spec, tier=tier, broker=NodeBroker(1), clock=TrialClock()) as sandbox:
        await sandbox.exec(f"setsid sleep {word} >/dev/null 2>&1 &")
        print("ready", flush=True)
        await anyio.sleep_forever()

anyio.run(main, *sys.argv[1:])
"""


async def test_files_outside_cannot_be_read_or_written(confined: str, opened: Open, folder: Path) -> None:
    secret = folder / "secret"
    secret.write_text("hidden labels")
    secret.chmod(0o666)
    async with opened(confined) as sandbox:
        await sandbox.exec(f"ln -s {secret} link; ln -s {folder} up")
        for path in (str(secret), "link", "up/secret", "../secret", "/proc/1/root" + str(secret), "/etc/shadow"):
            assert (await sandbox.exec(["cat", path])).exit_code != 0
            with pytest.raises((PermissionError, FileNotFoundError)):
                await sandbox.read_file(path)
        for path in ("link", "up/new"):
            with pytest.raises(OSError, match="Permission|No such file|exists|Read-only"):
                await sandbox.write_file(path, b"changed")
            assert (await sandbox.exec(f"echo changed > {path}")).exit_code != 0
    assert secret.read_text() == "hidden labels"
    assert not (folder / "new").exists()


async def test_the_runners_environment_is_nowhere(confined: str, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVIDER_API_KEY", "sk-secret")
    async with opened(confined, env={"SEEN": "yes"}) as sandbox:
        shown = await sandbox.exec("env; cat /proc/*/environ | tr '\\0' '\\n'")
        assert b"SEEN=yes" in shown.output
        assert b"PROVIDER_API_KEY" not in shown.output
        assert b"socket" not in (await sandbox.exec("ls -l /proc/self/fd")).output


async def test_the_door_is_the_only_way_out(confined: str, opened: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        async with opened(confined) as sandbox:
            assert sandbox.listener is not None
            assert sandbox.door_url is not None
            ask = "import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1])), 5); print(s.recv(9))"
            closed = await sandbox.exec(["python3", "-c", ask, str(other.getsockname()[1])])
            assert closed.exit_code != 0
            process = await sandbox.spawn(["python3", "-c", ask, sandbox.door_url.rpartition(":")[2]])
            with anyio.fail_after(20):
                await anyio.wait_readable(sandbox.listener)
            connection, _ = sandbox.listener.accept()
            connection.sendall(b"welcome")
            connection.close()
            assert (await process.wait()).output == b"b'welcome'\n"  # type: ignore[union-attr]
            udp = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 9))"
            assert (await sandbox.exec(["python3", "-c", udp])).exit_code != 0


async def test_no_door_unless_asked_for(tier: str, opened: Open) -> None:
    async with opened(tier, door=False) as sandbox:
        assert sandbox.listener is None
        assert sandbox.door_url is None


async def test_commands_have_no_rights(confined: str, opened: Open) -> None:
    async with opened(confined) as sandbox:
        effective, bounding, no_new_privs, seccomp = json.loads((await sandbox.exec(["python3", "-c", RIGHTS])).output)
        may_search = 1 << 2 if confined == "uid+landlock" else 0  # past closed folders on the way to what Landlock lets through
        assert effective in (0, may_search)
        assert os.getuid() != 0 or bounding in (0, may_search)
        assert (no_new_privs, seccomp) == (1, 2)
        for attempt in ("unshare -U true", "unshare -m true", "mount -t tmpfs x /mnt"):
            assert (await sandbox.exec(attempt)).exit_code != 0
        uring = "import ctypes; c = ctypes.CDLL(None, use_errno=True); print(c.syscall(425, 1, 0), ctypes.get_errno())"
        assert (await sandbox.exec(["python3", "-c", uring])).output == b"-1 38\n"


if os.getuid() == 0:

    async def test_each_sandbox_has_a_user_of_its_own(opened: Open, workspace: Path) -> None:
        async with opened("bwrap") as one, opened("bwrap") as two:
            users = {(await sandbox.exec("id -u")).output for sandbox in (one, two)}
            assert len(users | {b"0\n"}) == 3

    async def test_the_first_process_was_started_with_a_harmless_environment(confined: str, opened: Open) -> None:
        async with opened(confined):
            servers = processes_with("mldevbench.sandbox.inside.exec_server") + processes_with("mldevbench.sandbox.guard")
            assert servers
            for pid in servers:
                environment = (await anyio.Path(f"/proc/{pid}/environ").read_bytes()).split(b"\0")
                assert {entry.split(b"=")[0] for entry in environment} <= {b"", b"PATH", b"LANG", b"PWD", b"MLDEVBENCH_SANDBOX"}

    async def test_hard_linked_files_keep_their_owner(opened: Open, workspace: Path, folder: Path) -> None:
        (folder / "asset").write_text("shared")
        (workspace / "asset").hardlink_to(folder / "asset")
        async with opened("bwrap") as sandbox:
            assert (await sandbox.exec("cat asset; echo x > asset")).output.startswith(b"shared")
        assert (folder / "asset").read_text() == "shared"

    async def test_landlock_changes_the_user_where_paths_are_open(opened: Open) -> None:
        async with opened("uid+landlock", python=Path("/usr/bin/python3")) as sandbox:
            assert (await sandbox.exec("id -u")).output != b"0\n"
            assert (await sandbox.exec("echo x > y; cat y")).output == b"x\n"


async def test_shared_memory_works_and_is_nobody_elses(confined: str, opened: Open) -> None:
    name = secrets.token_hex(8)
    lock = "import multiprocessing as m; l = m.Lock(); p = m.Process(target=l.acquire); p.start(); p.join(); print(p.exitcode)"
    async with opened(confined) as sandbox:
        assert (await sandbox.exec(["python3", "-c", lock])).output == b"0\n"
        await sandbox.exec(f"echo answer > /dev/shm/{name}")
        assert (await sandbox.exec("ls /dev/shm/*")).exit_code != 0 or confined != WEAK
    if os.getuid() == 0 or confined != WEAK:
        assert not await anyio.Path(f"/dev/shm/{name}").exists()


async def test_root_of_the_view_is_read_only(opened: Open) -> None:
    async with opened("bwrap") as sandbox:
        for path in ("/x", "/dev/x", "/etc/x", "/usr/x", "/home/x", "/run/x"):
            assert (await sandbox.exec(f"echo > {path}")).exit_code != 0
        assert (await sandbox.exec("ls /proc | grep -c '^[0-9]'")).output.strip() < b"7"


async def test_a_runner_that_is_killed_takes_its_sandbox_along(tier: str, workspace: Path) -> None:
    word = f"86{secrets.randbelow(10**9)}"
    command = [sys.executable, "-c", _RUNNER, tier, str(workspace), str(PYTHON), word]
    async with await anyio.open_process(command) as runner:
        assert runner.stdout is not None
        assert (await runner.stdout.receive()).startswith(b"ready")
        assert processes_with(word)
        runner.kill()
    assert await anyio.to_thread.run_sync(eventually, lambda: len(processes_with(word)) == 0)
    cgroups.parents.cache_clear()
    assert not [left for folder in cgroups.parents().values() for left in folder.glob(f"mldevbench-{runner.pid}-*")]
