"""How much of the spread lies between tasks and how much within them, and what that means for repeated tries."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mldevbench.stats.rates import Counts


@dataclass(frozen=True, slots=True)
class Variance:
    """`within`: between seeds of one task; `between`: between tasks; `icc`: intraclass correlation, null when all is equal."""

    within: float
    between: float
    icc: float | None


def variance_split(counts: Counts) -> Variance | None:
    """One-way random effects: (successes, trials) of each task, with any number of trials; null without spread to estimate from.

    Unequal numbers take Searle's n0 = (N - sum n_t^2 / N) / (T - 1) for K, which is K where all are equal.
    """
    kept = [(c, n) for c, n in counts if n > 0]
    c, n = np.array(kept, float).reshape(-1, 2).T
    tasks, rows = len(n), float(n.sum())
    if tasks < 2 or rows == tasks:
        return None
    p = c / n
    msw = float((n * p * (1 - p)).sum()) / (rows - tasks)
    msb = float((n * (p - c.sum() / rows) ** 2).sum()) / (tasks - 1)
    k = (rows - float((n**2).sum()) / rows) / (tasks - 1)
    total = msb + (k - 1) * msw
    return Variance(msw, max(0.0, (msb - msw) / k), (msb - msw) / total if total else None)


def flip_rate(counts: Counts) -> float | None:
    """The chance that two runs of one task disagree, averaged over tasks with two trials or more."""
    rates = [2 * c * (n - c) / (n * (n - 1)) for c, n in counts if n >= 2]
    return float(np.mean(rates)) if rates else None


def pass_at_k(successes: int, trials: int, k: int) -> float | None:
    """The chance that at least one of k tries passes: 1 - C(n-c, k) / C(n, k) (Chen et al. 2021); null for k > n."""
    return 1 - math.comb(trials - successes, k) / math.comb(trials, k) if k <= trials else None


def pass_all_k(successes: int, trials: int, k: int) -> float | None:
    """The chance that all of k tries pass (pass^k of tau-bench): C(c, k) / C(n, k); null for k > n."""
    return math.comb(successes, k) / math.comb(trials, k) if k <= trials else None


def mean_over_tasks(estimator: Callable[[int, int, int], float | None], counts: Counts, k: int) -> tuple[float | None, int]:
    """`pass_at_k` or `pass_all_k` averaged over the tasks that have k trials, and how many tasks these are."""
    known = [value for c, n in counts if (value := estimator(c, n, k)) is not None]
    return (float(np.mean(known)) if known else None), len(known)
