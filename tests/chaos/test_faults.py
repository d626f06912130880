"""Single faults of a cluster, each with a sweep that must get past it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

import mldevbench
from tests.chaos.nodes import Nodes, marked, processes
from tests.support import write_package

pytestmark = pytest.mark.timeout(300)
SWEEP = "from mldevbench.sweep import main; main()"
QUICK_TO_LOSE_PATIENCE = "import cluster.worker as worker; worker.PING_S = 1.0; worker.SILENT_S = 5.0; "


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """One node that works, beside the head."""
    place = tmp_path_factory.mktemp("cluster")
    with marked(place), pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(write_package(place / "package", {}, {"one_gpu": 1})))
        found = Nodes(place, 1)
        yield found
        found.cluster.shutdown()


def start(nodes: Nodes, out: Path, *arguments: str, before: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", before + SWEEP, "--out", str(out), *arguments]
    environment = {**os.environ, "RAY_ADDRESS": nodes.cluster.address}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def end(sweep: subprocess.Popen[str]) -> str:
    text, _ = sweep.communicate(timeout=240)
    assert sweep.returncode == 0, text
    return text


def outcomes(out: Path, dataset: str = "trials") -> list[str]:
    found: list[str] = getattr(mldevbench.load(str(out)), dataset).column("outcome").to_pylist()
    return found


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.2)


def test_a_node_on_which_nothing_starts_is_left_alone(nodes: Nodes, tmp_path: Path) -> None:
    broken = nodes.add(broken=True)
    try:
        out = tmp_path / "sweep"
        end(start(nodes, out, "--agents", "oracle", "--tasks", "hello_world", "--seeds", "10", "--concurrency", "10"))
        assert outcomes(out, "attempts") == ["passed"] * 10, "an attempt was spent on the broken node"
    finally:
        nodes.remove(broken)


def test_a_sweep_waits_for_a_node_that_joins_late(nodes: Nodes, tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    arguments = ["--agents", "oracle", "--tasks", "hello_world,one_gpu", "--seeds", "2"]
    refused = start(nodes, out, *arguments)
    text, _ = refused.communicate(timeout=120)
    assert refused.returncode == 2, text
    assert "one_gpu" in text
    assert "--wait-for-nodes" in text
    sweep = start(nodes, out, *arguments, "--wait-for-nodes")
    wait_until(lambda: (out / "sweep.json").exists() and len(outcomes(out)) == 2)
    late = nodes.add(num_gpus=1)
    try:
        assert "task one_gpu waits for a node" in end(sweep)
        assert outcomes(out, "attempts") == ["passed"] * 4
    finally:
        nodes.remove(late)


def test_an_actor_that_hangs_is_replaced(nodes: Nodes, tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    arguments = [
        "--agents",
        "react",
        "--models",
        "scripted/oracle",
        "--tasks",
        "hello_world",
        "--seeds",
        "12",
        "--concurrency",
        "2",
    ]
    sweep = start(nodes, out, *arguments, "--concurrency", "2", before=QUICK_TO_LOSE_PATIENCE)
    wait_until(lambda: (out / "sweep.json").exists() and outcomes(out))
    stopped = processes(nodes.place, "ray::TrialActor")[0]
    os.kill(stopped.pid, signal.SIGSTOP)
    end(sweep)
    assert outcomes(out) == ["passed"] * 12
    assert outcomes(out, "attempts").count("infra_error") in (1, 2)
    with suppress(psutil.NoSuchProcess):
        assert stopped.status() == psutil.STATUS_ZOMBIE, "it is still there"
