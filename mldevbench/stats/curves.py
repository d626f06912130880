"""pass@k and pass^k as curves over k, with what is known of other tasks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mldevbench.stats.rates import MIN_TASKS, Counts, clipped, t_interval


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The mean over tasks at one k; the interval is of the population question (t over tasks), null where there is none."""

    k: int
    estimate: float
    low: float | None
    high: float | None
    tasks: int


def k_curve(estimator: Callable[[int, int, int], float | None], counts: Counts, confidence: float = 0.95) -> list[CurvePoint]:
    """`pass_at_k` or `pass_all_k` for the k that all tasks have trials for, so that each point is of the same tasks.

    Every k up to 10; further on a few, each about a quarter more than the one before.
    """
    kept = [(c, n) for c, n in counts if n > 0]
    points = []
    for k in _steps(min((n for _, n in kept), default=0)):
        values = np.array([estimator(c, n, k) for c, n in kept], float)
        shown = len(values) >= MIN_TASKS and np.ptp(values) > 0
        low, high = clipped(t_interval(values, confidence)) if shown else (None, None)
        points.append(CurvePoint(k, float(values.mean()), low, high, len(values)))
    return points


def _steps(last: int) -> list[int]:
    steps = list(range(1, min(last, 10) + 1))
    while steps and steps[-1] < last:
        steps.append(min(last, math.ceil(1.25 * steps[-1])))
    return steps
