"""How much of the spread lies between tasks and how much within them, and what that means for repeated tries."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Variance:
    """`within`: between seeds of one task; `between`: between tasks; `icc`: intraclass correlation, null when all is equal."""

    within: float
    between: float
    icc: float | None


def variance_split(successes: Sequence[int], seeds: int) -> Variance:
    """One-way random effects over T tasks with the same number of `seeds` (K >= 2) each, from the successes of each task."""
    k, t = seeds, len(successes)
    if k < 2 or t < 2:
        raise ValueError(f"needs two tasks and two seeds or more, there are {t} and {k}")
    p = np.asarray(successes, float) / k
    msw = k * float((p * (1 - p)).sum()) / (t * (k - 1))
    msb = k * float(((p - p.mean()) ** 2).sum()) / (t - 1)
    total = msb + (k - 1) * msw
    return Variance(msw, max(0.0, (msb - msw) / k), (msb - msw) / total if total else None)


def flip_rate(counts: Sequence[tuple[int, int]]) -> float | None:
    """The chance that two runs of one task disagree, averaged over tasks with two trials or more."""
    rates = [2 * c * (n - c) / (n * (n - 1)) for c, n in counts if n >= 2]
    return float(np.mean(rates)) if rates else None


def pass_at_k(successes: int, trials: int, k: int) -> float | None:
    """The chance that at least one of k tries passes: 1 - C(n-c, k) / C(n, k) (Chen et al. 2021); null for k > n."""
    return 1 - math.comb(trials - successes, k) / math.comb(trials, k) if k <= trials else None


def pass_all_k(successes: int, trials: int, k: int) -> float | None:
    """The chance that all of k tries pass (pass^k of tau-bench): C(c, k) / C(n, k); null for k > n."""
    return math.comb(successes, k) / math.comb(trials, k) if k <= trials else None
