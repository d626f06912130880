"""What the runs used and how they ended: cost against success, time by phase, outcomes by kind."""

from __future__ import annotations

import statistics
from collections import Counter

from mldevbench.report.figures.base import (
    HATCHES,
    INK,
    SERIES,
    Figure,
    bars_of,
    drawing,
    ends,
    folded,
    legend,
    look,
    percent,
    rows,
)
from mldevbench.report.figures.strength import sample
from mldevbench.report.study import Study, Trial
from mldevbench.report.times import EXPLAINED, PARTS, means, times
from mldevbench.stats import fixed_rate


def cost(study: Study) -> Figure:
    rates = {arm: fixed_rate(list(study.counts[arm].values())) for arm in study.arms}
    costs = {arm: [t.cost_usd for t in study.by_arm[arm] if t.cost_usd is not None] for arm in study.arms}
    numbers = []
    for arm, rate in rates.items():
        known = costs[arm]
        mean = f"{statistics.fmean(known):.4f}" if known else "not known"
        passed = sum(t.passed for t in study.by_arm[arm])
        each = f"{sum(known) / passed:.4f}" if passed and len(known) == len(study.by_arm[arm]) else "-"
        texts = (mean, f"{len(known)}/{len(study.by_arm[arm])}", each, percent(rate.estimate), ends(rate.low, rate.high))
        numbers.append(((study.title(arm),), texts))
    columns = ("mean cost USD", "trials with a known cost", "USD a success", "success", "95 % interval")
    table = rows("cost", "Cost and success", ("Arm",), columns, numbers)
    title = "What does success cost?"
    drawn = {arm: statistics.fmean(known) for arm, known in costs.items() if known and sum(known) > 0}
    if not drawn:
        return Figure("cost", title, "", "No cost is known, or all of them are 0 (scripted models cost nothing).", table)
    with drawing("cost", 3.3) as (canvas, axes, found):
        for number, arm in enumerate(study.arms):
            if arm in drawn:
                rate, style = rates[arm], look(number) | {"linestyle": "none"}
                assert rate.low is not None
                assert rate.high is not None
                error = [[rate.estimate - rate.low], [rate.high - rate.estimate]]
                label = folded(study.title(arm))
                axes.errorbar(drawn[arm], rate.estimate, yerr=error, markersize=8, capsize=4, label=label, **style)
        if max(drawn.values()) > 10 * min(drawn.values()):
            axes.set_xscale("log")
        else:
            axes.set_xlim(0, 1.15 * max(drawn.values()))
        axes.set(ylim=(-0.02, 1.02), xlabel="mean cost of a trial, USD", ylabel="success rate", yticks=[0, 0.25, 0.5, 0.75, 1])
        axes.set_yticklabels(["0", "25%", "50%", "75%", "100%"])
        legend(canvas)
    caption = f"{sample(study)}. 95 % intervals of success: these tasks, new seeds, as in the first figure."
    return Figure("cost", title, found[0], caption, table)


def timings(study: Study) -> Figure:
    by_arm = {arm: means(study.by_arm[arm]) for arm in study.arms}
    with drawing("timings", 1.1 + 0.48 * len(by_arm)) as (canvas, axes, found):
        left = [0.0] * len(by_arm)
        for index, name in enumerate(PARTS):
            widths = [m[name] for m in by_arm.values()]
            edge = {"edgecolor": INK, "linewidth": 0.6, "height": 0.6}
            axes.barh(range(len(by_arm)), widths, left=left, color=SERIES[index], hatch=HATCHES[index], label=name, **edge)
            left = [a + b for a, b in zip(left, widths, strict=True)]
        bars_of(axes, study.titles)
        axes.set_xlabel("mean seconds of a trial")
        canvas.legend(loc="outside upper left", ncols=4, fontsize=8)
    caption = f"{sample(study)}. Means over trials; no intervals. {EXPLAINED}"
    return Figure("timings", "Where does the time go?", found[0], caption, times(study))


def outcomes(study: Study) -> Figure:
    """Graded trials as shares of the graded; below, in a count of their own, the attempts that no rate holds."""
    kinds = {arm: Counter(_ending(t) for t in study.by_arm[arm]) for arm in study.arms}
    names = sorted({k for c in kinds.values() for k in c}, key=lambda k: (k != "passed", k))
    faults = sorted({ending for _, ending in study.apart})
    apart: dict[str, Counter[str]] = {arm: Counter() for arm in study.arms}
    for (arm, ending), n in study.apart.items():
        apart.setdefault(arm, Counter())[ending] += n
    numbers = [
        ((study.title(arm),), tuple(str(kinds.get(arm, Counter())[k]) for k in names) + tuple(str(apart[arm][f]) for f in faults))
        for arm in apart
    ]
    table = rows("outcomes", "Outcomes", ("Arm",), [*names, *(f"apart: {f}" for f in faults)], numbers)
    with drawing("outcomes", 1.3 + 0.48 * len(kinds)) as (canvas, axes, found):
        left = [0.0] * len(kinds)
        for index, name in enumerate(names):
            shares = [c[name] / c.total() for c in kinds.values()]
            edge = {"edgecolor": INK, "linewidth": 0.6, "height": 0.6}
            colour, hatch = SERIES[index % len(SERIES)], HATCHES[index % len(HATCHES)]
            axes.barh(range(len(kinds)), shares, left=left, color=colour, hatch=hatch, label=name, **edge)
            left = [a + b for a, b in zip(left, shares, strict=True)]
        for y, arm in enumerate(kinds):
            if faults:
                axes.text(1.015, y, f"+ {apart[arm].total()} apart", va="center", fontsize=8)
        bars_of(axes, study.titles)
        axes.set(xlim=(0, 1), xlabel="share of graded trials", xticks=[0, 0.25, 0.5, 0.75, 1])
        axes.set_xticklabels(["0", "25%", "50%", "75%", "100%"])
        canvas.legend(loc="outside upper left", ncols=3, fontsize=8)
    total = sum(study.apart.values())
    words = f"{total} attempts are apart (infrastructure faults and the like): they count in no rate and in no bar."
    caption = f"{sample(study)}; failures by why the agent stopped. {words if total else 'No attempt is apart.'} No intervals."
    return Figure("outcomes", "How did the runs end?", found[0], caption, table)


def _ending(trial: Trial) -> str:
    return "passed" if trial.passed else f"failed ({trial.stop_reason or 'unknown'})"
