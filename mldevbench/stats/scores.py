"""Scores beside pass and fail: a mean with its interval for each task; across tasks only where a scale is common."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from mldevbench.stats.rates import t_interval

RESAMPLES = 2000
BATCH = 100
"""Resamples that are in memory at once."""


@dataclass(frozen=True, slots=True)
class Score:
    """Mean of a metric over the `trials` of one task that have it; `sd` over seeds, null for one; `missing` have none."""

    mean: float
    sd: float | None
    low: float | None
    high: float | None
    trials: int
    missing: int
    method: str


@dataclass(frozen=True, slots=True)
class Iqm:
    """Interquartile mean over all runs of all tasks: the middle half, so that no outlier counts (Agarwal et al. 2021)."""

    estimate: float
    low: float | None
    high: float | None
    tasks: int
    trials: int
    method: str


def score(values: Sequence[float], trials: int, confidence: float = 0.95) -> Score:
    """Of the finite `values`, out of `trials` of one task. Raises ValueError when there is none."""
    known = np.array([v for v in values if math.isfinite(v)])
    if not len(known):
        raise ValueError("no trial has a finite value")
    mean, missing = float(known.mean()), trials - len(known)
    if len(known) < 2:
        return Score(mean, None, None, None, len(known), missing, "no interval: one value")
    return Score(mean, float(known.std(ddof=1)), *t_interval(known, confidence), len(known), missing, "t over seeds")


def iqm(tasks: Sequence[Sequence[float]], confidence: float = 0.95) -> Iqm:
    """Tasks must share a scale (fractions). The interval is of the fixed question: runs are drawn anew within each task."""
    values = [np.asarray(v, float) for v in tasks if len(v)]
    trials = sum(map(len, values))
    estimate = float(stats.trim_mean(np.concatenate(values), 0.25))
    if min(map(len, values)) < 2:
        return Iqm(estimate, None, None, len(values), trials, "no interval: a task has one value")
    found = stats.bootstrap(
        values,
        lambda *drawn, axis: stats.trim_mean(np.concatenate(drawn, axis), 0.25, axis=axis),
        n_resamples=RESAMPLES,
        batch=BATCH,
        confidence_level=confidence,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    method = "bootstrap, stratified by task (too narrow below 10 runs a task)"
    return Iqm(estimate, float(found.low), float(found.high), len(values), trials, method)


def performance_profile(tasks: Sequence[Sequence[float]], levels: Sequence[float]) -> list[float]:
    """For each level, the share of runs that reach it, averaged over tasks."""
    return [float(np.mean([np.mean(np.asarray(v, float) >= level) for v in tasks if len(v)])) for level in levels]
