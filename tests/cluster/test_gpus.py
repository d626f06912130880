"""GPUs of unlike nodes, held by trials and lent to commands, both in one sweep."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import mldevbench
from tests.chaos.nodes import Nodes, marked
from tests.support import write_package

pytestmark = pytest.mark.timeout(300)

AGENT = """
import os
from mldevbench.spec import Resources

async def solve(ctx):
    ctx.log.add("note", text=os.environ["MLDEVBENCH_HOME"])
    thinking = await ctx.sandbox.exec("echo [$CUDA_VISIBLE_DEVICES]; sleep 0.5")
    ctx.log.add("note", text=thinking.output.decode())
    asked = Resources(ctx.cpus, ctx.gpus)
    training = await ctx.sandbox.spawn("sleep 0.3; echo $CUDA_VISIBLE_DEVICES > visible.txt", resources=asked)
    await training.wait()
"""
TASKS = {"half_gpu": 0.5, "two_gpus": 2, "one_t4": (1, "T4"), "eight_gpus": 8}
AGENTS = {"holds": AGENT, "asks": AGENT}


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """Three unlike nodes: one without a GPU, one with two, one with a T4."""
    place = tmp_path_factory.mktemp("cluster")
    with marked(place), pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(write_package(place / "package", AGENTS, TASKS, asking=["asks"])))
        found = Nodes(place, 1)
        found.add(num_gpus=2)
        found.add(num_gpus=1, resources={"accelerator_type:T4": 1})
        yield found
        found.cluster.shutdown()


def sweep(nodes: Nodes, out: Path, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "mldevbench.sweep", "--out", str(out), *arguments]
    environment = {**os.environ, "RAY_ADDRESS": nodes.cluster.address}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=240)
    return done.returncode, done.stdout + done.stderr


def notes(out: Path) -> dict[tuple[str, int], list[str]]:
    """Trial -> what its agent noted: the cache folder of its node, and the GPUs that a command saw which asked for none."""
    found: dict[tuple[str, int], list[str]] = {}
    for event in mldevbench.load(str(out)).events.to_pylist():
        found.setdefault((event["trial_key"], event["attempt"]), []).append(event["data"])
    return found


def test_each_trial_runs_where_its_gpus_are_and_none_starves(nodes: Nodes, tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    tasks = ["half_gpu", "two_gpus", "one_t4", "hello_world"]
    code, text = sweep(nodes, out, "--agents", "holds,asks", "--tasks", ",".join(tasks), "--seeds", "3")
    assert code == 0, text
    results = mldevbench.load(str(out))
    trials = results.trials.to_pylist()
    assert len(results.attempts) == len(trials) == 24
    said = notes(out)
    places = {t["trial_key"]: said[t["trial_key"], t["attempt"]] for t in trials}
    where = {"two_gpus": {"home-2"}, "one_t4": {"home-3"}, "half_gpu": {"home-2", "home-3"}}
    for trial in trials:
        home, seen = places[trial["trial_key"]]
        if trial["task"] == "hello_world":
            assert (trial["outcome"], trial["gpu_held_s"], trial["gpu_used_s"]) == ("failed", None, None)
            continue
        assert trial["outcome"] == "passed", trial
        assert any(home.rstrip('"}').endswith(name) for name in where[trial["task"]]), (trial["task"], home)
        share = {"half_gpu": 0.5, "two_gpus": 2.0, "one_t4": 1.0}[trial["task"]]
        assert 0.3 * share <= trial["gpu_used_s"] <= trial["gpu_held_s"] + 0.01
        if trial["agent"] == "asks":
            assert "[]" in seen, "a command that asks for no GPU sees none"
            assert trial["gpu_held_s"] < share * (trial["solve_s"] + trial["waited_s"] - 0.5), "held while it was thinking"
        else:
            assert "[]" not in seen
            assert trial["gpu_held_s"] >= share * (trial["solve_s"] + trial["waited_s"] - 0.01)


def test_gpus_that_no_node_has_are_refused_by_name(nodes: Nodes, tmp_path: Path) -> None:
    code, text = sweep(nodes, tmp_path / "sweep", "--agents", "asks", "--tasks", "eight_gpus,half_gpu", "--seeds", "1")
    assert code == 2
    assert "task eight_gpus asks for 1 CPU, 1 GiB, 8 GPU for its commands, which no node of this cluster can hold" in text
    out = tmp_path / "cpu"
    arguments = ["--agents", "asks", "--tasks", "eight_gpus", "--seeds", "1", "--on-missing-gpu", "cpu"]
    code, text = sweep(nodes, out, *arguments)
    assert code == 0, text
    (trial,) = mldevbench.load(str(out)).trials.to_pylist()
    assert (trial["outcome"], trial["gpu_held_s"]) == ("failed", None), "it ran on the CPU, and saw no GPU"


def test_react_trains_with_a_lent_gpu(nodes: Nodes, tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    code, text = sweep(nodes, out, "--agents", "react", "--models", "scripted/oracle", "--tasks", "two_gpus", "--seeds", "2")
    assert code == 0, text
    for trial in mldevbench.load(str(out)).trials.to_pylist():
        assert trial["outcome"] == "passed", "CUDA_VISIBLE_DEVICES named two GPUs to the command that asked for them"
        assert 0 < trial["gpu_used_s"] <= trial["gpu_held_s"] + 0.01
