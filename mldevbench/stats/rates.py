"""Success rates with intervals, from successes and trials per task."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from mldevbench.stats.proportion import normal_quantile, wilson

Counts = Sequence[Sequence[int]]
"""(successes, trials) of each task; tasks without trials are left out."""

SMALL_K = 10
"""Below this many seeds a task the closed form of the fixed question covers too little; see `fixed_rate`."""
MIN_TASKS = 10
"""Below this many tasks the population interval covers far too little to be shown."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate in [0, 1] with its interval; `low` and `high` are None where no honest interval exists, and `method` says why."""

    estimate: float
    low: float | None
    high: float | None
    successes: int
    trials: int
    tasks: int
    question: str
    method: str

    def text(self) -> str:
        """Such as `14/30 47% [30, 64]`."""
        interval = "" if self.low is None or self.high is None else f" [{100 * self.low:.0f}, {100 * self.high:.0f}]"
        return f"{self.successes}/{self.trials} {100 * self.estimate:.0f}%{interval}"


def t_interval(values: np.ndarray, confidence: float = 0.95) -> tuple[float, float]:
    """Of the mean of independent values, by their own spread: t quantile with n - 1 degrees of freedom. `n` must be above 1."""
    half = float(stats.t.ppf(0.5 + confidence / 2, len(values) - 1)) * float(values.std(ddof=1)) / math.sqrt(len(values))
    mean = float(values.mean())
    return mean - half, mean + half


def closed_form(counts: Counts, confidence: float = 0.95) -> tuple[float, float]:
    """Normal, with Var(p) = sum_t p_t (1 - p_t) / (K_t - 1) / T^2. Every task must have two trials or more."""
    c, n = _arrays(counts)
    p = c / n
    half = normal_quantile(confidence) * math.sqrt(float((p * (1 - p) / (n - 1)).sum())) / len(n)
    return float(p.mean()) - half, float(p.mean()) + half


def clipped(interval: tuple[float, float], least: float = 0.0) -> tuple[float, float]:
    """The part of it that lies between `least` and 1."""
    return max(least, interval[0]), min(1.0, interval[1])


def fixed_rate(counts: Counts, confidence: float = 0.95) -> Rate:
    """The rate on these very tasks, were they run again with new seeds.

    The closed form covers too little while K is small or tasks are nearly sure (simulated: 78 % at K=2), so Wilson on all rows,
    which is conservative for this question, stands in until every task has 10 seeds and none has a rate of 0 or 1. With unequal
    K_t the rows do not weigh the same in p; Wilson then gets the number of rows that would tell as much, T^2 / sum_t 1/K_t,
    which is T K where all are equal.
    """
    c, n = _arrays(counts)
    p = c / n
    estimate = float(p.mean())
    if n.min() < SMALL_K or ((p == 0) | (p == 1)).any():
        worth = len(n) ** 2 / float((1 / n).sum())
        low, high = wilson(estimate * worth, worth, confidence)
        method = "Wilson on all trials (conservative)"
    else:
        low, high = clipped(closed_form(counts, confidence))
        method = "closed form over seeds"
    return Rate(estimate, low, high, int(c.sum()), int(n.sum()), len(n), "fixed", method)


def task_rate(successes: int, trials: int, confidence: float = 0.95) -> Rate:
    """The rate on one task: its seeds are independent, so Wilson's interval is the right one at any number of them."""
    low, high = wilson(successes, trials, confidence)
    return Rate(successes / trials, low, high, successes, trials, 1, "fixed", "Wilson on the task's trials")


def population_rate(counts: Counts, confidence: float = 0.95) -> Rate:
    """The rate on other tasks like these: the task is the cluster, SE = sd(p_t) / sqrt(T), t quantile with T - 1 degrees.

    When all tasks came out alike there is no spread to go by, and an interval of no width would claim certainty about tasks
    nobody has seen: Wilson with one row a task stands in.
    """
    c, n = _arrays(counts)
    p = c / n
    estimate, tasks = float(p.mean()), len(n)
    totals = (int(c.sum()), int(n.sum()), tasks)
    if tasks < MIN_TASKS:
        return Rate(
            estimate, None, None, *totals, "population", f"no interval: it needs {MIN_TASKS} tasks or more, there are {tasks}"
        )
    if np.ptp(p) == 0:
        low, high = wilson(estimate * tasks, tasks, confidence)
        return Rate(estimate, low, high, *totals, "population", "Wilson over tasks, which all came out alike")
    low, high = clipped(t_interval(p, confidence))
    return Rate(estimate, low, high, *totals, "population", "t over tasks, clustered by task")


def missing_bounds(counts: Counts, planned: Sequence[int]) -> tuple[float, float]:
    """The rate if every trial that was planned and is missing had failed, and if every one had passed."""
    c = np.array([x for x, _ in counts], float)
    missing = np.array(planned, float) - np.array([x for _, x in counts], float)
    return float((c / planned).mean()), float(((c + missing) / planned).mean())


def _arrays(counts: Counts) -> tuple[np.ndarray, np.ndarray]:
    kept = [(c, n) for c, n in counts if n > 0]
    if not kept:
        raise ValueError("no task has a graded trial")
    c, n = np.array(kept, float).T
    return c, n
