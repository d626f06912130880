"""The warm process: what is forked from it is contained, and it comes and goes without anybody noticing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import anyio
import psutil
import pytest

from mldevbench.clock import TrialClock
from mldevbench.envs import task_python
from mldevbench.grading import warm as warm_module
from mldevbench.grading.host import run_grader
from mldevbench.grading.warm import WarmServer
from mldevbench.outcome import Outcome
from mldevbench.sandbox import NodeBroker, SandboxSpec, open_sandbox
from mldevbench.sandbox.tiers import fault_of
from tests.grading.support import HONEST, eventually, names, request
from tests.processes import command_line

DAEMON = """
import os
if os.fork() == 0:
    os.setsid()
    import time
    time.sleep(1000)
def f(x):
    return 2 * x + 1
"""


def warm_processes() -> set[psutil.Process]:
    return {p for p in psutil.Process().children() if "warm_main" in command_line(p)}


def users_of(folder: Path) -> list[int]:
    """Processes whose mounts show something below `folder`: those in a sandbox over it."""
    found = []
    for pid in psutil.pids():
        with suppress(OSError):
            if str(folder) in Path(f"/proc/{pid}/mountinfo").read_text():
                found.append(pid)
    return found


@pytest.mark.anyio
async def test_nothing_of_a_probe_is_left_when_grading_ends(place: Path, warm: Path | None) -> None:
    assert (await run_grader(request(place, {"answer.py": DAEMON}), warm=warm)).outcome is Outcome.PASSED
    await eventually(lambda: not users_of(place))
    assert names(place) == ["submission"]


@pytest.mark.anyio
async def test_cancelling_ends_the_probe(place: Path, warm: Path | None) -> None:
    slow = "import time\ntime.sleep(1000)"
    with anyio.move_on_after(60) as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_cancel_when_open, place, scope)
            await run_grader(request(place, {"answer.py": slow}), warm=warm)
    assert scope.cancelled_caught
    await eventually(lambda: not users_of(place))
    assert names(place) == ["submission"]


async def _cancel_when_open(place: Path, scope: anyio.CancelScope) -> None:
    await eventually(lambda: users_of(place))
    await anyio.sleep(0.2)
    scope.cancel()


@pytest.mark.anyio
async def test_it_is_started_when_asked_and_again_when_it_died(place: Path, tmp_path: Path) -> None:
    async with WarmServer.start(task_python(), tmp_path / "run") as server:
        others = warm_processes()
        for number in range(2):
            (place / str(number)).mkdir()
            grade = await run_grader(request(place / str(number), HONEST), warm=server.socket)
            assert grade.outcome is Outcome.PASSED
            (mine,) = warm_processes() - others
            mine.kill()
    assert not server.socket.exists()


CONNECT = """
import socket, sys
found = {line.split()[-1] for line in open("/proc/net/unix") if sys.argv[1] in line}
for name in found:
    try:
        socket.socket(socket.AF_UNIX).connect(name.replace("@", chr(0), 1))
        print("connected to", name)
    except OSError as error:
        print(error)
"""


@pytest.mark.anyio
async def test_agent_code_of_the_same_user_does_not_reach_it(place: Path, tmp_path: Path) -> None:
    (place / "workspace").mkdir()
    python = task_python()
    spec = SandboxSpec(place / "workspace", python)
    tier = "landlock" if fault_of("landlock", python) is None else "bwrap"
    async with WarmServer.start(python, tmp_path / "run") as server:
        async with open_sandbox(spec, tier=tier, broker=NodeBroker(1), clock=TrialClock()) as box:
            seen = await box.exec([str(python), "-c", CONNECT, str(server.socket).rpartition("/")[2].lstrip("\0")])
    assert seen.exit_code == 0
    assert b"connected" not in seen.output


@pytest.mark.anyio
async def test_it_leaves_when_idle_and_returns(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm_module, "IDLE_S", 0.1)
    async with WarmServer.start(task_python(), tmp_path) as server:
        others = warm_processes()
        for number in range(2):
            (place / str(number)).mkdir()
            assert (await run_grader(request(place / str(number), HONEST), warm=server.socket)).outcome is Outcome.PASSED
            await eventually(lambda: warm_processes() == others)


@pytest.mark.anyio
async def test_where_it_cannot_start_all_is_cold(place: Path, tmp_path: Path) -> None:
    async with WarmServer.start(Path("/bin/false"), tmp_path) as server:
        assert (await run_grader(request(place, HONEST), warm=server.socket)).outcome is Outcome.PASSED
    (place / "gone").mkdir()
    assert (await run_grader(request(place / "gone", HONEST), warm=server.socket)).outcome is Outcome.PASSED


RUNNER = """
import sys, anyio
from pathlib import Path
from mldevbench.envs import task_python
from mldevbench.grading.warm import WarmServer, forked
import socket, os
async def main():
    async with WarmServer.start(task_python(), Path(sys.argv[1])) as server:
        ours, theirs = socket.socketpair()
        async with forked(server.socket, {"op": "grade"}, [theirs.fileno(), 2]):
            print("ready", flush=True)
            await anyio.sleep(1000)
anyio.run(main)
"""


def test_it_dies_with_the_runner(tmp_path: Path) -> None:
    runner = subprocess.Popen([sys.executable, "-c", RUNNER, str(tmp_path)], stdout=subprocess.PIPE, cwd=Path.cwd())
    assert runner.stdout is not None
    assert runner.stdout.readline() == b"ready\n"
    below = psutil.Process(runner.pid).children(recursive=True)
    assert len(below) == 3  # the warm process, the keeper of the connection, the grader
    os.kill(runner.pid, signal.SIGKILL)
    runner.wait()
    runner.stdout.close()
    _, alive = psutil.wait_procs(below, timeout=10)
    assert alive == []
