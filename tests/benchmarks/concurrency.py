"""Whether the outcomes and the recorded times of trials depend on how many run side by side, on tasks that train on two cores.

python -m tests.benchmarks.concurrency [SEEDS]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import mldevbench
from tests.support import write_package

TASKS = ("overfit_small_dataset", "nan_losses", "cifar10_training", "improve_cifar10_baseline")
ALL = (1, 4, 16)


def two_cores(folder: Path) -> Path:
    """Copies of the tasks whose commands are to have two CPUs; for PYTHONPATH."""
    package = write_package(folder, copies={f"{task}_two": task for task in TASKS})
    for toml in package.rglob("task.toml"):
        text = toml.read_text()
        assert "cpus = 1," in text
        toml.write_text(text.replace("cpus = 1,", "cpus = 2,", 1))
    return package


def trials(package: Path, out: Path, seeds: int, concurrency: int) -> dict[str, dict[str, Any]]:
    """Trial key -> row."""
    command = [sys.executable, "-m", "mldevbench.sweep", "--agents", "react", "--models", "scripted/coin?p=0.7"]
    command += ["--tasks", ",".join(f"{task}_two" for task in TASKS), "--seeds", str(seeds)]
    command += ["--concurrency", str(concurrency), "--out", str(out)]
    environment = {**os.environ, "PYTHONPATH": str(package)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return {row["trial_key"]: row for row in mldevbench.load(str(out)).trials.to_pylist()}


def main(seeds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        package = two_cores(Path(folder) / "package")
        found = {c: trials(package, Path(folder) / str(c), seeds, c) for c in ALL}
    alone = found[1]
    for concurrency, rows in found.items():
        same = sum((r["outcome"], r["stop_reason"], r["steps"]) == _end(alone[key]) for key, r in rows.items())
        ratio = {key: row["solve_s"] / alone[key]["solve_s"] for key, row in rows.items()}
        most = max(ratio, key=lambda key: ratio[key])
        solve, waited, wall = (statistics.mean(r[k] for r in rows.values()) for k in ("solve_s", "waited_s", "wall_s"))
        print(f"concurrency {concurrency:2}: {same}/{len(alone)} end as alone (outcome, stop reason, steps)", end="; ")
        print(f"mean solve {solve:.1f} s, waited {waited:.1f} s, wall {wall:.1f} s", end="; ")
        print(f"solve over alone: median {statistics.median(ratio.values()):.2f}, most {ratio[most]:.2f}", end=" ")
        print(f"({rows[most]['task']}, {alone[most]['solve_s']:.1f} s alone, {rows[most]['solve_s']:.1f} s here)")


def _end(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["outcome"], row["stop_reason"], row["steps"]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4)
