"""Where the time went: the parts of a trial's wall time by arm, and the slowest trials."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from mldevbench.report.document import Entry, Line, Table
from mldevbench.report.study import Study, Trial

MOST = 10
"""Trials that are named as the slowest."""
PARTS = ("preparing", "model", "commands", "waiting", "grading", "runner")
WAITS = ("waiting for rate", "waiting for CPU", "waiting for GPU")
EXPLAINED = (
    "A call and a command that run at once count as model; what no other part holds is the runner's and, of agents outside the "
    "sandbox, the agent's own. Waiting counts against no limit of a trial."
)


def parts(trial: Trial) -> dict[str, float]:
    """Seconds by part; together the wall time."""
    model = trial.model_s or 0.0
    found = {
        "preparing": trial.prepare_s or 0.0,
        "model": model,
        "commands": max(0.0, (trial.solve_s or 0.0) - (trial.idle_s or 0.0) - model),
        "waiting": (trial.waited_s or 0.0) + (trial.grade_waited_s or 0.0),
        "grading": trial.grade_s or 0.0,
    }
    return found | {"runner": max(0.0, (trial.wall_s or 0.0) - sum(found.values()))}


def means(trials: Sequence[Trial]) -> dict[str, float]:
    """Mean seconds by part."""
    each = [parts(t) for t in trials]
    return {name: statistics.fmean(p[name] for p in each) for name in PARTS}


def times(study: Study) -> Table:
    """Mean seconds of a trial by part, with their share of its wall time, and what was waited for."""
    lines = []
    for arm in study.arms:
        trials, found = study.by_arm[arm], means(study.by_arm[arm])
        wall = sum(found.values())
        entries = [_mean(study, arm, name, found[name], wall) for name in PARTS]
        entries += [_mean(study, arm, name, seconds) for name, seconds in _waits(trials).items()]
        lines.append(Line((study.title(arm), str(len(trials))), (*entries, _mean(study, arm, "wall", wall))))
    columns = tuple(f"{name} (s)" for name in (*PARTS, *WAITS, "wall"))
    return Table("time", "Mean seconds of a trial, and share of its wall time", ("Arm", "Trials"), columns, tuple(lines))


def slowest(study: Study) -> Table:
    """The trials that took longest, with what took most of it."""
    lines = []
    for trial in sorted(study.trials, key=lambda t: (-(t.wall_s or 0.0), t.key))[:MOST]:
        found = parts(trial)
        largest = max(found, key=lambda name: found[name])
        row, synthetic = f"{trial.task} {trial.arm} seed {trial.seed}", trial.arm in study.synthetic
        wall = Entry(row, "wall (s)", "wall", f"{trial.wall_s or 0.0:.1f}", trial.wall_s, synthetic=synthetic)
        text = f"{largest} {found[largest]:.1f}"
        most = Entry(row, "largest part (s)", largest, text, found[largest], synthetic=synthetic)
        lines.append(Line((trial.task, study.title(trial.arm), str(trial.seed)), (wall, most)))
    columns = ("wall (s)", "largest part (s)")
    return Table("slowest", f"The {len(lines)} slowest trials", ("Task", "Arm", "Seed"), columns, tuple(lines))


def _waits(trials: Sequence[Trial]) -> Mapping[str, float]:
    """Mean seconds by what was waited for."""
    rate = statistics.fmean(t.waited_rate_s or 0.0 for t in trials)
    cpu = statistics.fmean((t.waited_cpu_s or 0.0) + (t.grade_waited_s or 0.0) for t in trials)
    gpu = statistics.fmean(t.waited_gpu_s or 0.0 for t in trials)
    return dict(zip(WAITS, (rate, cpu, gpu), strict=True))


def _mean(study: Study, arm: str, name: str, seconds: float, wall: float = 0.0) -> Entry:
    text = f"{seconds:.1f}" + (f" ({seconds / wall:.0%})" if wall else "")
    return Entry(arm, f"{name} (s)", name, text, seconds, method="mean over trials", synthetic=arm in study.synthetic)
