"""Many trials in a row whose agents attack: nothing of them is left on the host."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import anyio
import psutil
import pytest

from mldevbench.catalog import Catalog
from mldevbench.local import local_node
from mldevbench.node import Node
from mldevbench.outcome import Outcome
from mldevbench.paths import folder
from mldevbench.sandbox.kinds import TIERS
from mldevbench.sandbox.tiers import fault_of
from mldevbench.spec import Limits, Named, TrialSpec
from mldevbench.trial import run_trial
from tests.processes import command_line

TRIALS = int(os.environ.get("MLDEVBENCH_TEST_TRIALS", "12"))
LOOKS = 20
ATTACKS = ("daemon", "kills_all", "fork_bomb", "startup_files", "replaced_programs", "special_files", "earlier_seed", "memory")


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder for temporary files that nobody else uses; every user may pass through it."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o711)
        monkeypatch.setattr(tempfile, "tempdir", name)
        yield


@pytest.fixture(params=list(TIERS))
async def node(request: pytest.FixtureRequest, temporary: None) -> AsyncIterator[Node]:
    from mldevbench.envs import task_python

    if fault := fault_of(request.param, task_python()):
        pytest.skip(fault)
    async with local_node(isolation=request.param) as node:
        yield node


def left() -> dict[str, set[str]]:
    """What a trial could leave behind, by kind."""
    family = list(descendants(psutil.Process()))
    shared = [p for place in ("/dev/shm", "/var/tmp") for p in Path(place).iterdir()]
    theirs = {str(p) for p in shared if p.name.startswith(".left-by") or owner(p) >= 50_000}
    namespaces, names = set(), set()
    for p in family:
        with suppress(OSError, psutil.NoSuchProcess):
            namespaces |= {os.readlink(f"/proc/{p.pid}/ns/{kind}") for kind in ("mnt", "net", "pid", "user")}  # noqa: PTH115
            names.add(f"{p.pid} {p.name()}")
    return {
        "processes": names,
        "namespaces": namespaces,
        "mounts": set(Path("/proc/self/mounts").read_text().splitlines()),
        "cgroups": {str(p) for p in Path("/sys/fs/cgroup").rglob(f"mldevbench-{os.getpid()}-*")},
        "sockets": {str(c.laddr) for c in psutil.Process().net_connections("all") if c.laddr},
        "descriptors": {str(i) for i in range(psutil.Process().num_fds())},
        "temporary files": theirs | {str(p) for p in Path(tempfile.gettempdir()).iterdir()},
        "trial folders": {p.name for p in folder("trials").iterdir() if f"-{os.getpid()}-" in p.name},
    }


def owner(path: Path) -> int:
    """-1 for one that is gone."""
    with suppress(OSError):
        return path.lstat().st_uid
    return -1


def what_stays(before: dict[str, set[str]]) -> dict[str, set[str]]:
    """What was not there before, and is there however often one looks.

    What other sandboxes of this machine have in /dev/shm and /var/tmp comes and goes, as does a process that is being reaped.
    """
    stays: dict[str, set[str]] = {}
    for look in range(LOOKS):
        now = left()
        stays = {kind: (now[kind] - before[kind]) & stays.get(kind, now[kind]) for kind in before}
        if not any(stays.values()):
            break
        time.sleep(0.5 * (look < LOOKS - 1))
    return stays


def descendants(process: psutil.Process) -> Iterator[psutil.Process]:
    """All but those of the warm process, which stays, and reaps its own once a second."""
    for child in process.children():
        yield child
        with suppress(psutil.NoSuchProcess):
            if child.status() != psutil.STATUS_ZOMBIE and "warm_main" not in command_line(child):
                yield from descendants(child)


@pytest.mark.anyio
@pytest.mark.timeout(3600)
async def test_nothing_is_left(node: Node) -> None:
    catalog = Catalog()
    task, digest = catalog.task("hello_world"), catalog.agent("cheater").digest

    async def run(i: int) -> None:
        agent = Named.parse(f"cheater?trick={ATTACKS[i % len(ATTACKS)]}")
        spec = TrialSpec(task.id, task.digest, agent, digest, None, i, "mini", Limits(max_time_s=20))
        record = (await run_trial(spec, catalog=catalog, node=node)).record
        assert record.outcome is Outcome.FAILED, record

    await run(0)  # starts what stays: the warm process, imports
    before = await anyio.to_thread.run_sync(left)
    for i in range(TRIALS):
        await run(i)
    stays = await anyio.to_thread.run_sync(what_stays, before)
    print({kind: (len(before[kind]), len(stays[kind])) for kind in before})
    assert {kind: more for kind, more in stays.items() if more} == {}


ORPHANED = """
import os, signal, sys
from pathlib import Path
import anyio
import mldevbench.sandbox.start as start
from mldevbench.clock import TrialClock
from mldevbench.envs import task_python
from mldevbench.sandbox import NodeBroker, open_sandbox
from mldevbench.sandbox.base import SandboxSpec
from mldevbench.sandbox.enclosure import open_enclosure

whole = start.bwrap_command
start.bwrap_command = lambda *args, **more: [word for word in whole(*args, **more) if word != "--die-with-parent"]

async def main(kind, workspace):
    spec = SandboxSpec(workspace=Path(workspace), python=task_python(), door=kind == "sandbox")
    opened = open_enclosure(spec, tier="bwrap", argv=None)
    if kind == "sandbox":
        opened = open_sandbox(spec, tier="bwrap", broker=NodeBroker(1), clock=TrialClock())
    async with opened:
        print("open", flush=True)
        await anyio.sleep_forever()

anyio.run(main, *sys.argv[1:])
"""


@pytest.mark.parametrize("kind", ["sandbox", "enclosure"])
def test_a_sandbox_ends_with_its_runner_also_where_bwrap_missed_its_death(kind: str, tmp_path: Path) -> None:
    """bwrap asks to die with its parent only when it has set up the sandbox: a runner killed before that leaves it behind."""
    command = [sys.executable, "-c", ORPHANED, kind, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as runner:
        assert runner.stdout is not None
        assert runner.stdout.readline() == b"open\n"
        inside = psutil.Process(runner.pid).children(recursive=True)
        assert len(inside) >= 2, "bwrap and what runs in it"
        runner.kill()
    _, alive = psutil.wait_procs(inside, timeout=60)
    names = [command_line(process) for process in alive]
    for process in alive:
        process.kill()
    assert not names
