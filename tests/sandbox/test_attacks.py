"""Agent code that eats, floods or kills: it costs its own trial, never more."""

from __future__ import annotations

import os
import secrets

import anyio
import pytest

from mldevbench.outcome import AgentError
from mldevbench.sandbox import cgroups, watchdog
from tests.sandbox.helpers import WEAK, Open, processes_with

pytestmark = pytest.mark.anyio

EAT = "import sys, time; held = bytearray(int(sys.argv[1]) << 20); time.sleep(60)"
BOMB = "import os, sys\nwhile True:\n    try: os.fork()\n    except OSError: pass"


async def test_memory_is_bounded(tier: str, opened: Open) -> None:
    async with opened(tier, memory=200 << 20) as sandbox:
        with pytest.raises(AgentError, match=r"memory limit of 0\.195 GiB"):
            await sandbox.exec(["python3", "-c", EAT, "400"], timeout_s=30)
        with pytest.raises(AgentError, match="memory"):
            await sandbox.read_file("anything")


BURST = "import mmap, time; m = mmap.mmap(-1, 2 << 30); m.madvise(23); time.sleep(30)"  # MADV_POPULATE_WRITE
FORKS = """
import os, time
children = 0
try:
    while children < 500:
        if os.fork() == 0:
            time.sleep(2)
            os._exit(0)
        children += 1
except OSError:
    pass
print(children)
"""


@pytest.mark.skipif(not {"memory", "pids"} <= cgroups.parents().keys(), reason="no control groups can be made here")
async def test_the_kernel_holds_what_the_watchdog_would_see_too_late(
    tier: str, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2 GiB in one system call; as many processes as there can be, also of a user whom RLIMIT_NPROC does not hold."""
    monkeypatch.setattr(watchdog, "MEMORY_S", 60.0)
    async with opened(tier, memory=200 << 20) as sandbox:
        with pytest.raises(AgentError, match="memory limit"):
            await sandbox.exec(["python3", "-c", BURST], timeout_s=60)
    async with opened(tier, processes=40) as sandbox:
        assert 20 < int((await sandbox.exec(["python3", "-c", FORKS])).output) < 60
    assert not list(cgroups.parents()["pids"].glob(f"mldevbench-{os.getpid()}-*"))


async def test_memory_is_summed_over_processes_but_shared_pages_count_once(opened: Open) -> None:
    fork = "import os, sys, time; held = bytearray(100 << 20); [os.fork() for _ in range(2)]; time.sleep(1.5)"
    async with opened("bwrap", memory=200 << 20) as sandbox:
        assert (await sandbox.exec(["python3", "-c", fork])).exit_code == 0
        with pytest.raises(AgentError, match="memory"):
            await sandbox.exec(f"for i in 1 2 3; do python3 -c '{EAT}' 100 & done; wait", timeout_s=30)


async def test_files_in_memory_count_as_memory(opened: Open) -> None:
    async with opened("bwrap", memory=200 << 20) as sandbox:
        with pytest.raises(AgentError, match="memory"):
            await sandbox.exec("head -c 150M /dev/zero > /dev/shm/x; head -c 150M /dev/zero > /tmp/x; sleep 30", timeout_s=30)


async def test_disk_is_bounded(tier: str, opened: Open) -> None:
    async with opened(tier, workspace=20 << 20) as sandbox:
        assert (await sandbox.exec(["bash", "-c", "exec head -c 30M /dev/zero > one"])).exit_code == 128 + 25  # SIGXFSZ
        await sandbox.exec("rm one")
        with pytest.raises(AgentError, match="workspace limit"):
            await sandbox.exec("for i in 1 2 3; do head -c 10M /dev/urandom > $i; done; sleep 30", timeout_s=30)


async def test_tmpfs_is_sized(opened: Open) -> None:
    async with opened("bwrap", tmp=1 << 20) as sandbox:
        for folder in ("/tmp", "/dev/shm", "$HOME"):
            assert b"No space left" in (await sandbox.exec(f"head -c 2M /dev/zero > {folder}/x")).output


async def test_a_fork_bomb_is_bounded(confined: str, opened: Open) -> None:
    word = f"82{secrets.randbelow(10**9)}"
    with anyio.fail_after(60):
        async with opened(confined, processes=64) as sandbox:
            result = await sandbox.exec(["python3", "-c", BOMB, word], timeout_s=2)
            assert result.timed_out
            assert (await sandbox.exec("echo alive")).output == b"alive\n"
    assert not processes_with(word)


@pytest.mark.parametrize(
    "attack",
    [
        "kill -9 1; kill -STOP 1; kill -9 -1",
        "for i in 1 2 3; do kill -9 $PPID; done; sleep 0.2; echo survived",
        "for p in $(ls /proc | grep '^[0-9]'); do for f in /proc/$p/fd/*; do timeout 1 echo garbage > $f; done; done 2>/dev/null",
        "python3 -c 'import os; os.kill(os.getppid(), 19); os.setsid(); os.kill(os.getpid(), 9)'",
        "exec 3<>/dev/null; setsid bash -c 'kill -9 $PPID' & wait; exit 0",
        "rm -rf * .* /tmp/* $HOME 2>/dev/null; cd /; rmdir $OLDPWD",
    ],
)
async def test_an_attack_costs_the_attacker_only(confined: str, opened: Open, attack: str) -> None:
    """The command may fail, the whole sandbox may be lost (AgentError), but nothing else happens, and nothing hangs."""
    with anyio.fail_after(60):
        async with opened(confined) as sandbox:
            try:
                await sandbox.exec(attack, timeout_s=5)
                assert (await sandbox.exec("echo alive", cwd="/usr", timeout_s=5)).output in (b"alive\n", b"")
            except AgentError:
                pass


async def test_without_isolation_too_the_exec_server_can_only_be_lost(opened: Open) -> None:
    word = f"83{secrets.randbelow(10**9)}"
    kill_server = "p=$PPID; s=$(awk '/^PPid/ {print $2}' /proc/$p/status)"
    for tier in ("none", WEAK):
        async with opened(tier) as sandbox:
            with pytest.raises(AgentError, match="destroyed from inside"):
                await sandbox.exec(f"setsid sleep {word} & {kill_server}; kill -9 $s; sleep 30", timeout_s=20)
            with pytest.raises(AgentError):
                await sandbox.exec("true")
        assert not processes_with(word)


async def test_a_killed_keeper_takes_its_tree_along(opened: Open) -> None:
    word = f"84{secrets.randbelow(10**9)}"
    async with opened("bwrap") as sandbox:
        result = await sandbox.exec(f"setsid sleep {word} & (setsid sleep {word} &); kill -9 $PPID; sleep {word}", timeout_s=20)
        assert result.exit_code == 128 + 9
        assert (await sandbox.exec("sleep 0.2; echo alive")).output == b"alive\n"
        assert not processes_with(word)
