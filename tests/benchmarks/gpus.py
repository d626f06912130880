"""GPUs held by trials beside GPUs lent to commands, in one run; then random mixes of both on unlike nodes.

python -m tests.benchmarks.gpus [MIXES [SEED]]: logical GPUs, commands that sleep.
"""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mldevbench
from tests.chaos.nodes import Nodes, marked
from tests.support import write_package

TRIALS, ROUNDS, THINKING_S, TRAINING_S = 16, 2, 6.0, 2.0
AGENT = """
import anyio
from mldevbench.spec import Resources

async def solve(ctx):
    for _ in range(int(ctx.args.get("rounds", {rounds}))):
        await anyio.sleep(float(ctx.args.get("thinking", {thinking})))
        command = "sleep " + ctx.args.get("training", "{training}") + "; echo $CUDA_VISIBLE_DEVICES > visible.txt"
        await ctx.sandbox.exec(command, resources=Resources(ctx.cpus, ctx.gpus))
"""
TASKS = {"half_gpu": 0.5, "one_gpu": 1, "two_gpus": 2, "one_t4": (1, "T4")}


@contextmanager
def cluster(place: Path, nodes: list[dict[str, object]]) -> Iterator[Nodes]:
    source = AGENT.format(rounds=ROUNDS, thinking=THINKING_S, training=TRAINING_S)
    place.mkdir()
    package = write_package(place / "package", {"holds": source, "asks": source}, TASKS, asking=["asks"])
    for agent in ("holds", "asks"):
        toml = next(package.rglob(f"{agent}/agent.toml"))
        toml.write_text(toml.read_text() + '[args]\nrounds = "how often"\nthinking = "s"\ntraining = "s"\n')
    with marked(place):
        os.environ["PYTHONPATH"] = str(package)
        found = Nodes(place, 0)
        for node in nodes:
            found.add(**node)
        try:
            yield found
        finally:
            found.cluster.shutdown()


def sweep(nodes: Nodes, out: Path, *arguments: str) -> float:
    """Seconds from the first trial's start to the last one's end."""
    command = [sys.executable, "-m", "mldevbench.sweep", "--out", str(out), *arguments]
    environment = {**os.environ, "RAY_ADDRESS": nodes.cluster.address}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    trials = mldevbench.load(str(out)).trials.to_pylist()
    begun = min(t["started_at"] for t in trials)
    return max((t["started_at"] - begun).total_seconds() + t["wall_s"] for t in trials)


def holding(place: Path) -> None:
    """Trials whose commands need a GPU a quarter of their time."""
    share = TRAINING_S / (TRAINING_S + THINKING_S)
    print(f"{TRIALS} trials, 2 GPUs, commands that need one {share:.0%} of the time ({ROUNDS} x {TRAINING_S:g} s)")
    ideal = TRIALS * ROUNDS * TRAINING_S / 2
    with cluster(place, [{"num_cpus": 20, "num_gpus": 2, "memory": 40 * 2**30}]) as nodes:
        for agent in ("holds", "asks"):
            out = place / f"out-{agent}"
            seconds = sweep(
                nodes, out, "--agents", agent, "--tasks", "one_gpu", "--seeds", str(TRIALS), "--concurrency", str(TRIALS)
            )
            trials = mldevbench.load(str(out)).trials.to_pylist()
            held, used = (sum(t[k] for t in trials) for k in ("gpu_held_s", "gpu_used_s"))
            passed = sum(t["outcome"] == "passed" for t in trials)
            print(
                f"  gpu_hold {'trial' if agent == 'holds' else 'command':8} {seconds:6.1f} s (the GPUs alone: {ideal:.0f} s), "
                f"GPU seconds held {held:.1f}, used {used:.1f}, ratio {held / used:.2f}; passed {passed}/{len(trials)}"
            )


def mixes(place: Path, count: int, seed: int) -> None:
    """Random sweeps of tasks that need parts of GPUs, whole ones or none, by agents that hold them and that ask for them."""
    chance = random.Random(seed)
    unlike: list[dict[str, object]] = [
        {"num_cpus": 3},
        {"num_cpus": 4, "num_gpus": 2},
        {"num_cpus": 3, "num_gpus": 1, "resources": {"accelerator_type:T4": 1}},
    ]
    with cluster(place, unlike) as nodes:
        stop, seen = threading.Event(), []
        watcher = threading.Thread(target=watch, args=(nodes.cluster.address, stop, seen))
        watcher.start()
        begun, trials = time.monotonic(), 0
        for number in range(count):
            tasks = chance.sample(["hello_world", *TASKS], chance.randint(2, 5))
            quick = f"rounds={chance.randint(1, 3)}&thinking={chance.uniform(0, 0.5):.2f}&training={chance.uniform(0, 0.7):.2f}"
            agents = ",".join(
                f"{agent}?{quick}" for agent in chance.choice([["holds"], ["asks"], ["holds", "asks"], ["holds", "asks"]])
            )
            out = place / f"mix-{number}"
            seeds, concurrency = chance.randint(1, 4), chance.choice([2, 4, 8, 16])
            arguments = ["--agents", agents, "--tasks", ",".join(tasks), "--seeds", str(seeds), "--concurrency", str(concurrency)]
            seconds = sweep(nodes, out, *arguments)
            rows = mldevbench.load(str(out)).attempts.to_pylist()
            trials += len(rows)
            bad = [r for r in rows if r["outcome"] != ("failed" if r["task"] == "hello_world" else "passed")]
            if bad:
                sys.exit(f"mix {number}: {bad[0]}")
            print(f"  mix {number}: {len(rows)} trials of {len(tasks)} tasks in {seconds:.1f} s", flush=True)
        stop.set()
        watcher.join()
    print(
        f"{count} mixes, {trials} trials, each graded at its first attempt, in {time.monotonic() - begun:.0f} s; none was stuck"
    )
    shown = seen[:: max(1, len(seen) // 20)]
    print("GPUs in use over time (of 3): " + " ".join(f"{used:g}" for used in shown))


def watch(address: str, stop: threading.Event, seen: list[float]) -> None:
    """How many of the cluster's GPUs are in use, every two seconds."""
    code = (
        "import ray, sys, time; ray.init(address=sys.argv[1], log_to_driver=False)\n"
        "def gpus(found): return found.get('GPU', 0)\n"
        "while True: print(gpus(ray.cluster_resources()) - gpus(ray.available_resources()), flush=True); time.sleep(2)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, address], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    for line in itertools.takewhile(lambda _: not stop.is_set(), process.stdout):
        seen.append(float(line))
    process.kill()
    process.wait()


if __name__ == "__main__":
    wanted, start = [*map(int, sys.argv[1:]), *(10, 1)[len(sys.argv) - 1 :]]
    with tempfile.TemporaryDirectory() as folder:
        holding(Path(folder) / "holding")
        mixes(Path(folder) / "mixes", wanted, start)
