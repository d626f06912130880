"""pass@k and pass^k as curves over k, with what is known of other tasks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from mldevbench.stats.rates import MIN_TASKS, Counts


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The mean over tasks at one k; the interval is of the population question (t over tasks), null where there is none."""

    k: int
    estimate: float
    low: float | None
    high: float | None
    tasks: int


def k_curve(estimator: Callable[[int, int, int], float | None], counts: Counts, confidence: float = 0.95) -> list[CurvePoint]:
    """`pass_at_k` or `pass_all_k` for every k that all tasks have trials for, so that each point is of the same tasks."""
    kept = [(c, n) for c, n in counts if n > 0]
    points = []
    for k in range(1, min((n for _, n in kept), default=0) + 1):
        values = np.array([estimator(c, n, k) for c, n in kept], float)
        estimate, tasks = float(values.mean()), len(values)
        low = high = None
        if tasks >= MIN_TASKS and np.ptp(values) > 0:
            half = float(stats.t.ppf(0.5 + confidence / 2, tasks - 1)) * float(values.std(ddof=1)) / math.sqrt(tasks)
            low, high = max(0.0, estimate - half), min(1.0, estimate + half)
        points.append(CurvePoint(k, estimate, low, high, tasks))
    return points
