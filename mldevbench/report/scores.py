"""Scores beside pass and fail: a task's own metrics, and an interquartile mean over tasks where the scale is common."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from mldevbench.report.document import Entry, Line, Table, blank
from mldevbench.report.study import Study
from mldevbench.report.text import plain
from mldevbench.stats import Iqm, Score, iqm, score

Values = dict[tuple[str, str, str], dict[str, list[float]]]
"""(task, metric, unit) -> arm -> its values, one a trial."""


def collect(study: Study, metrics: Sequence[Any]) -> Values:
    """From the `metrics` tables of the study's folders."""
    arm_of = {(t.key, t.attempt): (t.task, t.arm) for t in study.trials}
    found: Values = defaultdict(lambda: defaultdict(list))
    for table in metrics:
        columns = (table.column(name).to_pylist() for name in ("trial_key", "attempt", "name", "value", "unit"))
        for key, attempt, name, value, unit in zip(*columns, strict=True):
            if (key, attempt) in arm_of and value is not None:
                task, arm = arm_of[key, attempt]
                found[task, plain(name), plain(unit)][arm].append(value)
    return found


def scores(study: Study, values: Values) -> Table:
    """Every metric of every task, and below, for each metric that several tasks state as a fraction, its interquartile mean."""
    lines = []
    for (task, name, unit), by_arm in sorted(values.items()):
        entries = tuple(_entry(study, task, name, arm, by_arm.get(arm, [])) for arm in study.arms)
        lines.append(Line((task, name, unit), entries))
    for name, tasks_of in common(values).items():
        tasks = max(len(v) for v in tasks_of.values())
        entries = tuple(_across(study, name, arm, tasks_of.get(arm, [])) for arm in study.arms)
        lines.append(Line((f"{tasks} tasks", f"{name} (interquartile mean)", "fraction"), entries))
    return Table("scores", "Scores", ("Task", "Metric", "Unit"), study.titles, tuple(lines))


def common(values: Values) -> Mapping[str, dict[str, list[list[float]]]]:
    """Metric -> arm -> the finite values of each task; only metrics that several tasks state as a fraction."""
    found: dict[str, dict[str, list[list[float]]]] = defaultdict(lambda: defaultdict(list))
    for (_, name, unit), by_arm in sorted(values.items()):
        if unit == "fraction":
            for arm, numbers in by_arm.items():
                if known := [n for n in numbers if math.isfinite(n)]:
                    found[name][arm].append(known)
    return {name: arms for name, arms in found.items() if any(len(tasks) > 1 for tasks in arms.values())}


def _entry(study: Study, task: str, name: str, arm: str, numbers: Sequence[float]) -> Entry:
    trials = study.counts[arm].get(task, (0, 0))[1]
    known = [n for n in numbers if math.isfinite(n)]
    if not known:
        return blank(task, arm, name)
    found = score(known, trials)
    text = f"{found.mean:.4g}" + _ends(found) + (f" (n {found.trials}/{trials})" if found.missing else "")
    return Entry(
        task,
        arm,
        name,
        text,
        found.mean,
        found.low,
        found.high,
        found.sd,
        trials=found.trials,
        tasks=1,
        question="fixed",
        method=found.method,
        synthetic=arm in study.synthetic,
    )


def _across(study: Study, name: str, arm: str, tasks: Sequence[Sequence[float]]) -> Entry:
    if len(tasks) < 2:
        return blank("across tasks", arm, name)
    found = iqm(tasks)
    return Entry(
        "across tasks",
        arm,
        f"{name} IQM",
        f"{found.estimate:.4g}" + _ends(found),
        found.estimate,
        found.low,
        found.high,
        trials=found.trials,
        tasks=found.tasks,
        question="fixed",
        method=found.method,
        synthetic=arm in study.synthetic,
    )


def _ends(found: Score | Iqm) -> str:
    return "" if found.low is None or found.high is None else f" [{found.low:.4g}, {found.high:.4g}]"
