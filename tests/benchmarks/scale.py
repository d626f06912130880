"""A large sweep, half of which is done: `python -m tests.benchmarks.scale [TRIALS] [MINUTES]`.

Writes a results folder with half of a sweep's trials (records of real trials of the agent noop, through the real writer), then
runs the command that users run on it, with the driver's memory beside what it does, and `mldevbench status` while it runs.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path

import anyio
import psutil

from mldevbench.catalog import Catalog
from mldevbench.local import local_node
from mldevbench.outcome import TrialRecord
from mldevbench.plan import read_options, resolve
from mldevbench.results import ResultsWriter, SweepInfo
from mldevbench.spec import SweepSpec
from mldevbench.trial import run_trial

TASKS = "hello_world,nan_losses,overfit_small_dataset,noisy_imagenette_download,channelvit_no_tests"
BATCH = 1000
MIB = 2**20


def main(trials: int = 100_000, minutes: float = 2.0) -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "scale"
        arguments = ["--agents", "noop", "--tasks", TASKS, "--seeds", str(trials // 5)]
        sweep = resolve(read_options(None, {"agents": "noop", "tasks": TASKS, "seeds": str(trials // 5)}), Catalog())
        half_done(out, sweep)
        size = sum(f.stat().st_size for f in out.rglob("*") if f.is_file())
        print(f"{len(sweep) // 2} of {len(sweep)} trials are there, {size / MIB:.0f} MiB")
        ask(out, "status of a folder at rest")
        resume(out, arguments, minutes)
        ask(out, "status afterwards")


def half_done(out: Path, sweep: SweepSpec) -> None:
    """As a driver that was killed half-way leaves it."""
    plan = {
        "arms": [{"agent": str(a.agent), "digest": a.agent_digest, "model": None} for a in sweep.arms],
        "tasks": dict(sweep.tasks),
        "seeds": list(sweep.seeds),
        "limits": [asdict(limits) for limits in sweep.limits],
    }
    models = anyio.run(one_of_each, sweep)
    writer = ResultsWriter.open(str(out), SweepInfo(out.name, "mini", plan))
    begun = time.perf_counter()
    for batch in batches(sweep, models):
        writer.append_many([(record, None) for record in batch])
    writer.close()
    print(f"written in {time.perf_counter() - begun:.1f} s, batches of {BATCH}")


async def one_of_each(sweep: SweepSpec) -> dict[str, TrialRecord]:
    """The record of one real trial of each task."""
    catalog = Catalog()
    async with local_node(warm=True) as node:
        first = list(islice(sweep.trials(), len(sweep.tasks)))
        return {spec.task: (await run_trial(spec, catalog=catalog, node=node)).record for spec in first}


def batches(sweep: SweepSpec, models: dict[str, TrialRecord]) -> Iterator[list[TrialRecord]]:
    records = (
        replace(models[spec.task], trial_key=spec.key, trial=spec.to_dict(), started_at=time.time() - 60)
        for spec in islice(sweep.trials(), len(sweep) // 2)
    )
    while batch := list(islice(records, BATCH)):
        yield batch


def resume(out: Path, arguments: list[str], minutes: float) -> None:
    """The real command, interrupted after a while. What is said of memory is the driver's resident set."""
    command = [sys.executable, "-m", "mldevbench.sweep", *arguments, "--out", str(out), "--log-format", "json"]
    begun = time.perf_counter()
    driver = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    process, done, started = psutil.Process(driver.pid), 0, False
    timers = [threading.Timer(minutes * 60, driver.send_signal, [signal.SIGINT])]
    timers += [threading.Timer(minutes * 60 - 20, ask, [out, "status of a running sweep"])]
    assert driver.stdout is not None
    for line in driver.stdout:
        event = json.loads(line)
        now = time.perf_counter() - begun
        if event["event"] == "sweep_started":
            print(f"{now:7.1f} s  {mib(process)}  planned and opened: {event['graded_before']} of {event['trials']} graded")
        elif event["event"] == "trial_started" and not started:
            started, first = True, now
            print(f"{now:7.1f} s  {mib(process)}  first new trial, {process.cpu_times().user:.1f} s CPU of the driver so far")
            for timer in timers:
                timer.start()
        elif event["event"] == "trial_ended":
            done += 1
            if done in (10, 100) or done % 500 == 0:
                print(f"{now:7.1f} s  {mib(process)}  {done} new trials, {done / (now - first):.1f} a second", flush=True)
        elif event["event"] == "interrupted":
            cpu = process.cpu_times()
            per_trial = 1000 * (cpu.user + cpu.system) / max(1, done)
            print(f"{now:7.1f} s  {mib(process)}  interrupted: {done} new trials, {per_trial:.1f} ms CPU of the driver a trial")
    driver.wait()


def ask(out: Path, words: str) -> None:
    begun = time.perf_counter()
    command = [sys.executable, "-m", "mldevbench.cli", "status", str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as asked:
        assert asked.stdout is not None
        text = asked.stdout.read()
        _, _, used = os.wait4(asked.pid, 0)
        asked.returncode = 0
    seconds, cpu = time.perf_counter() - begun, used.ru_utime + used.ru_stime
    trials = next(line for line in text.splitlines() if line.startswith("trials"))
    print(f"{words}: {seconds:.2f} s, {cpu:.2f} s CPU; {trials}", flush=True)


def mib(process: psutil.Process) -> str:
    return f"{process.memory_info().rss / MIB:5.0f} MiB"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]), *map(float, sys.argv[2:3]))
