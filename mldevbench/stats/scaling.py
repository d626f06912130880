"""Success against what a trial may use: steps, tokens, cost, time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mldevbench.stats.rates import Rate, fixed_rate

Used = Mapping[str, Sequence[tuple[bool, float]]]
"""Task -> (passed, what it had used when it stopped) of each trial."""


@dataclass(frozen=True, slots=True)
class BudgetPoint:
    """`rate` within a budget."""

    budget: float
    rate: Rate


def success_by_budget(used: Used, budgets: Sequence[float]) -> list[BudgetPoint]:
    """For each budget b, the rate of "passed, having used at most b".

    A lower bound of what trials that are stopped at b would reach: one that used more may have been right already by then.
    """
    points = []
    for budget in budgets:
        counts = [(sum(ok and value <= budget for ok, value in trials), len(trials)) for trials in used.values()]
        points.append(BudgetPoint(budget, fixed_rate(counts)))
    return points


def budgets(used: Used, most: int = 24) -> list[float]:
    """Where a curve changes: what the successful trials used, thinned out to `most`; then the largest use of all."""
    values = np.array([value for trials in used.values() for ok, value in trials if ok], float)
    last = max((value for trials in used.values() for _, value in trials), default=0.0)
    if not len(values):
        return [last]
    steps = np.unique(np.quantile(values, np.linspace(0, 1, most), method="inverted_cdf"))
    return [float(v) for v in np.unique([*steps, last])]
