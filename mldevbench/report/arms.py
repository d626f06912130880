"""One line for each arm: both answers to how good it is, how much of the spread is luck, and what it used."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from mldevbench.report.document import Entry, Line, Table, rate_entry
from mldevbench.report.study import Study, Trial, count
from mldevbench.stats import fixed_rate, flip_rate, mean_over_tasks, pass_all_k, pass_at_k, population_rate, variance_split

MEASURES = (
    "these tasks, new seeds",
    "other tasks like these",
    "pass@k",
    "pass^k",
    "within-task variance",
    "between-task variance",
    "ICC",
    "flip rate",
    "steps",
    "cost USD",
)


@dataclass(frozen=True, slots=True)
class Group:
    """An arm, or all arms of one agent or of one model together where there are several."""

    title: str
    trials: Sequence[Trial]
    synthetic: bool


def arms(study: Study) -> Table:
    lines = [Line((g.title, str(len(g.trials))), tuple(_entries(g))) for g in groups(study)]
    return Table("arms", "Arms", ("Arm", "Trials"), MEASURES, tuple(lines))


def groups(study: Study) -> list[Group]:
    found = [Group(study.title(arm), study.by_arm[arm], arm in study.synthetic) for arm in study.arms]
    firsts = {arm: trials[0] for arm, trials in study.by_arm.items()}
    for kind, names in (("agent", {a: t.agent for a, t in firsts.items()}), ("model", {a: t.model for a, t in firsts.items()})):
        for name in filter(None, dict.fromkeys(names.values())):
            mine = [arm for arm in study.arms if names[arm] == name]
            if 1 < len(mine) < len(study.arms):
                trials = [t for arm in mine for t in study.by_arm[arm]]
                found.append(Group(f"{kind} {name} (all its arms)", trials, bool(study.synthetic & set(mine))))
    return found


def _entries(group: Group) -> list[Entry]:
    counts = list(count(group.trials).values())
    k = min(n for _, n in counts)
    fixed, population = fixed_rate(counts), population_rate(counts)
    split, flip = variance_split(counts), flip_rate(counts)
    at, every = (mean_over_tasks(estimator, counts, k)[0] for estimator in (pass_at_k, pass_all_k))
    steps = [t.steps for t in group.trials if t.steps is not None]
    costs = [t.cost_usd for t in group.trials if t.cost_usd is not None]

    def number(measure: str, value: float | None, form: str, method: str | None = None) -> Entry:
        text = "-" if value is None else f"{value:{form}}"
        return Entry(group.title, measure, measure, text, value, tasks=len(counts), method=method, synthetic=group.synthetic)

    return [
        rate_entry(group.title, MEASURES[0], fixed, synthetic=group.synthetic),
        rate_entry(group.title, MEASURES[1], population, synthetic=group.synthetic),
        number("pass@k", at, ".0%", f"k = {k}"),
        number("pass^k", every, ".0%", f"k = {k}"),
        number("within-task variance", split.within if split else None, ".3f"),
        number("between-task variance", split.between if split else None, ".3f"),
        number("ICC", split.icc if split else None, "z.2f"),
        number("flip rate", flip, ".0%"),
        number("steps", statistics.fmean(steps) if steps else None, ".1f", "mean over trials"),
        number("cost USD", statistics.fmean(costs) if costs else None, ".4f", f"mean over {len(costs)} trials of known cost"),
    ]
