"""The study of scaling compute: each agent and model at growing limits, paired by task."""

from __future__ import annotations

from itertools import pairwise

from mldevbench.report.comparing import Compared, compare_all
from mldevbench.report.document import Entry, Line, Table, rate_entry
from mldevbench.report.study import Study
from mldevbench.stats import fixed_rate, format_p


def ladders(study: Study) -> dict[str, list[str]]:
    """Agent and model -> its arms from the tightest limits to the widest; only where there are several."""
    found: dict[str, list[str]] = {}
    for trial in study.trials:
        mine = found.setdefault(trial.base, [])
        if trial.arm not in mine:
            mine.append(trial.arm)
    return {base: sorted(arms, key=_tightness) for base, arms in sorted(found.items()) if len(arms) > 1}


def _tightness(arm: str) -> list[float]:
    """The numbers of an arm's limits, in the order of the limits."""
    return [float(word.rpartition("<=")[2]) for word in arm.split() if "<=" in word]


def steps_up(study: Study) -> dict[str, Compared]:
    """Each arm that has one with tighter limits before it -> the comparison with that one; p-values adjusted over all."""
    pairs = [(wide, tight) for arms in ladders(study).values() for tight, wide in pairwise(arms)]
    return {c.a: c for c in compare_all(study.counts, pairs)} if pairs else {}


def limits(study: Study) -> Table:
    gains, lines = steps_up(study), []
    for arms in ladders(study).values():
        for arm in arms:
            rate = rate_entry(arm, "success", fixed_rate(list(study.counts[arm].values())), synthetic=arm in study.synthetic)
            lines.append(Line((study.title(arm),), (rate, _gain(arm, gains.get(arm)))))
    return Table("limits", "Limits, paired by task", ("Arm",), ("success", "over the tighter limit before it"), tuple(lines))


def _gain(arm: str, gain: Compared | None) -> Entry:
    if gain is None:
        return Entry(arm, "gain", "difference", "-")
    d = gain.found.fixed
    ends = "" if d.low is None or d.high is None else f" [{100 * d.low:+.1f}, {100 * d.high:+.1f}]"
    text = f"{100 * d.estimate:+.1f}{ends}, p {format_p(gain.fixed_p)}"
    return Entry(
        arm, "gain", "difference", text, d.estimate, d.low, d.high, tasks=gain.found.tasks, question=d.question, method=d.method
    )
