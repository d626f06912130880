"""Attack x tier: every attack is tried in every tier that this user can have; SECURITY.md shows what is promised."""

from __future__ import annotations

import ctypes
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import psutil
import pytest

from mldevbench.clock import TrialClock
from mldevbench.envs import task_python
from mldevbench.outcome import AgentError
from mldevbench.paths import PACKAGE_ROOT
from mldevbench.sandbox import ExecResult, NodeBroker, SandboxLimits, SandboxSpec, open_sandbox
from mldevbench.sandbox.kinds import NAMES
from mldevbench.sandbox.session import Session
from mldevbench.sandbox.tiers import fault_of
from tests.grading.test_ordinary_user import as_ordinary_user
from tests.processes import below
from tests.sandbox.helpers import processes_with
from tests.security.attacks import ATTACKS, PREAMBLE, Attack

LIMITS = SandboxLimits(memory=300 << 20, processes=64, workspace=200 << 20, tmp=100 << 20, output=1 << 20)
RAY = "MLDEVBENCH_TEST_RAY_PORTS"


@dataclass(frozen=True)
class Host:
    """What the host has that is worth attacking; `facts` is what an attacker knows of it."""

    folder: Path
    facts: dict[str, Any]
    datagrams: socket.socket


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def ray_ports() -> Iterator[list[int]]:
    """Every port that a real Ray head listens on."""
    if RAY in os.environ:
        yield json.loads(os.environ[RAY])
        return
    import ray

    ray.init(address="local", num_cpus=1, include_dashboard=True, log_to_driver=False)
    yield sorted({c.laddr.port for p in below() for c in connections(p) if c.status == "LISTEN"})
    ray.shutdown()


@pytest.fixture(scope="module")
def host(ray_ports: list[int]) -> Iterator[Host]:
    word = secrets.token_hex(12)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        folder.chmod(0o777)
        (folder / "secret").write_text("hidden labels")
        (folder / "secret").chmod(0o666)
        suid = folder / "suid"
        suid.mkdir()
        shutil.copy("/usr/bin/id", suid / "id")
        (suid / "id").chmod(0o4755)
        shared = Path("/dev/shm", word)
        shared.write_text("x")
        shared.chmod(0o666)
        segment = ctypes.CDLL(None).shmget(key := secrets.randbelow(2**30) + 1, 4096, 0o1666)
        addresses = [a.address for n in psutil.net_if_addrs().values() for a in n if a.family == socket.AF_INET]
        victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)", word], env={"SECRET": word})
        with (
            socket.create_server(("127.0.0.1", 0)) as local,
            socket.create_server(("0.0.0.0", 0)) as wide,
            socket.socket(socket.AF_UNIX) as unix,
            socket.socket(socket.AF_UNIX) as abstract,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
        ):
            datagrams.bind(("0.0.0.0", 0))
            datagrams.setblocking(False)
            unix.bind(str(folder / "socket"))
            (folder / "socket").chmod(0o777)
            unix.listen()
            abstract.bind("\0" + word)
            abstract.listen()
            facts = {"secret": str(folder / "secret"), "folder": str(folder), "word": word, "victim": victim.pid, "sysv": key}
            facts |= {"port": local.getsockname()[1], "wide_port": wide.getsockname()[1], "address": addresses[-1]}
            facts |= {"udp_port": datagrams.getsockname()[1]}
            facts |= {"ray_ports": ray_ports, "unix": str(folder / "socket"), "daemon": f"87{secrets.randbelow(10**9)}"}
            facts |= {"suid": str(suid / "id")}
            yield Host(folder, facts, datagrams)
        victim.kill()
        victim.wait()
        shared.unlink()
        ctypes.CDLL(None).shmctl(segment, 0, None)


def connections(process: psutil.Process) -> list[Any]:
    with suppress(psutil.NoSuchProcess):
        return list(process.net_connections("tcp"))
    return []


def tiers() -> list[str]:
    return [tier for tier in NAMES if tier == "none" or fault_of(tier, task_python()) is None]


@asynccontextmanager
async def opened(folder: Path, tier: str, **binds: Path) -> AsyncIterator[Session]:
    workspace = Path(tempfile.mkdtemp(dir=folder))
    spec = SandboxSpec(workspace, task_python(), binds=binds, limits=LIMITS)
    async with open_sandbox(spec, tier=tier, broker=NodeBroker(2), clock=TrialClock()) as sandbox:
        yield sandbox


async def attempt(attack: Attack, tier: str, host: Host) -> bool:
    """Whether the attack got what it wanted."""
    async with opened(host.folder, tier) as other:
        await other.exec("echo 42 > answer; sleep 1000 & echo $!")
        neighbour = max(p.pid for p in below("mldevbench.sandbox.inside.exec_server") + below("mldevbench.sandbox.guard"))
        spec = other._spec
        facts = {**host.facts, "neighbour": neighbour, "other": str(spec.workspace / "answer")}
        before = len(below())
        error, result = None, None
        most = 0
        async with opened(host.folder, tier, suid=host.folder / "suid") as sandbox:
            facts["suid"] = sandbox.path("suid") + "/id"
            async with anyio.create_task_group() as tasks:

                async def count() -> None:
                    nonlocal most
                    while True:
                        most = max(most, len(below()) - before)
                        await anyio.sleep(0.05)

                tasks.start_soon(count)
                try:
                    result = await sandbox.exec(["python3", "-c", PREAMBLE + attack.code, json.dumps(facts)], timeout_s=30)
                except AgentError as raised:
                    error = str(raised)
                tasks.cancel_scope.cancel()
        return judged(attack, result, error, most, facts) or arrived(host.datagrams)


def arrived(datagrams: socket.socket) -> bool:
    try:
        return bool(datagrams.recv(1))
    except BlockingIOError:
        return False


def judged(attack: Attack, result: ExecResult | None, error: str | None, most: int, facts: dict[str, Any]) -> bool:
    if attack.name.startswith("a daemon"):
        assert result is not None
        return bool(processes_with(facts["daemon"]))
    if attack.name == "fork bomb":
        return most > 4 * LIMITS.processes
    if attack.name == "more output than its limit":
        return result is None or len(result.output) > LIMITS.output
    if attack.name.endswith("beyond its limit") or attack.name.startswith("more "):
        full = result is not None and result.exit_code != 0 and not result.timed_out
        return not (full or "limit of" in (error or ""))
    assert result is not None, error
    assert result.exit_code == 0, result.output.decode()[-1000:]
    return b"REACHED" in result.output


@pytest.mark.anyio
@pytest.mark.timeout(120)
@pytest.mark.parametrize("tier", tiers())
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda a: a.name)
async def test_what_is_promised_is_blocked(attack: Attack, tier: str, host: Host) -> None:
    if tier == "none" and tier not in attack.blocked:
        pytest.skip("nothing stands in the way there, and nothing is promised")
    won = await attempt(attack, tier, host)
    if tier in attack.blocked:
        assert not won
    else:
        print(f"not promised: {attack.name} in {tier}: {'got through' if won else 'was blocked all the same'}")


def table() -> str:
    lines = ["| attack | " + " | ".join(NAMES) + " |", "| --- " * (len(NAMES) + 1) + "|"]
    for attack in ATTACKS:
        cells = ["blocked" if tier in attack.blocked else "not promised" for tier in NAMES]
        lines.append(f"| {attack.name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def test_the_page_shows_what_is_promised() -> None:
    assert table() in (PACKAGE_ROOT / "SECURITY.md").read_text(), table()


if os.getuid() == 0:

    @pytest.mark.timeout(600)
    def test_the_same_as_an_ordinary_user(ray_ports: list[int]) -> None:
        folder = Path(tempfile.mkdtemp(prefix="ordinary-"))
        folder.chmod(0o777)
        try:
            environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder), "TMPDIR": str(folder)}
            environment |= {"MLDEVBENCH_TASK_PYTHON": str(task_python()), "MLDEVBENCH_HOME": str(folder / "home")}
            environment |= {RAY: json.dumps(ray_ports)}
            command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "-k", "blocked", __file__]
            done = subprocess.run(
                as_ordinary_user(command), cwd=PACKAGE_ROOT, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-1000:]
            assert "blocked[a mount-landlock]" in done.stdout or " passed" in done.stdout
        finally:
            shutil.rmtree(folder, ignore_errors=True)
