"""Two arms held against each other task by task, for both questions; and many comparisons at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mldevbench.stats.permutation import Pair, label_permutation, sign_flip
from mldevbench.stats.power import detectable_difference
from mldevbench.stats.proportion import normal_quantile, wilson
from mldevbench.stats.rates import MIN_TASKS, SMALL_K, clipped, t_interval
from mldevbench.stats.variance import variance_split

PERMUTATION = "permutation of the arm's label within each task"

TaskCounts = Mapping[str, tuple[int, int]]
"""Task -> (successes, trials)."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Rate of A less rate of B, as an answer to one question; `low` and `high` are None where no honest interval exists."""

    estimate: float
    low: float | None
    high: float | None
    p_value: float
    question: str
    method: str
    test: str

    def text(self) -> str:
        """Such as `+10.0 [-2.1, +22.0] points, p = 0.08`."""
        interval = "" if self.low is None or self.high is None else f" [{100 * self.low:+.1f}, {100 * self.high:+.1f}]"
        return f"{100 * self.estimate:+.1f}{interval} points, p {format_p(self.p_value)}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both answers over the tasks that both arms have; `unpaired` are those that only one has.

    `detectable` is the difference that this many tasks and seeds find with power 0.8, from the within-task variances seen
    (0.10 where one run a task shows none).
    """

    tasks: int
    trials_a: int
    trials_b: int
    rate_a: float
    rate_b: float
    fixed: Difference
    population: Difference
    detectable: float
    unpaired: tuple[str, ...]


def compare(a: TaskCounts, b: TaskCounts, confidence: float = 0.95) -> Comparison:
    """Paired on the task. Raises ValueError when no task has trials of both arms."""
    tasks = sorted(t for t in a if t in b and a[t][1] and b[t][1])
    if not tasks:
        raise ValueError("no task has graded trials of both arms")
    pairs = [Pair(*a[t], *b[t]) for t in tasks]
    return Comparison(
        tasks=len(tasks),
        trials_a=sum(p.a_trials for p in pairs),
        trials_b=sum(p.b_trials for p in pairs),
        rate_a=float(np.mean([p.a / p.a_trials for p in pairs])),
        rate_b=float(np.mean([p.b / p.b_trials for p in pairs])),
        fixed=fixed_difference(pairs, confidence),
        population=population_difference(pairs, confidence),
        detectable=_detectable(pairs),
        unpaired=tuple(sorted({t for t in (*a, *b) if t not in tasks})),
    )


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its ends; they are None where no honest interval exists, and `method` says why."""

    estimate: float
    low: float | None
    high: float | None
    method: str


def fixed_difference(pairs: Sequence[Pair], confidence: float = 0.95) -> Difference:
    """On these very tasks, were both arms run again with new seeds."""
    found, tested = fixed_interval(pairs, confidence), label_permutation(pairs)
    single = all(p.a_trials == p.b_trials == 1 for p in pairs)
    test = f"{'McNemar' if single else PERMUTATION}, {tested.how}"
    return Difference(found.estimate, found.low, found.high, tested.p_value, "fixed", found.method, test)


def population_difference(pairs: Sequence[Pair], confidence: float = 0.95) -> Difference:
    """On other tasks like these."""
    found, tested = population_interval(pairs, confidence), sign_flip(pairs)
    test = f"sign flips of the tasks' differences, {tested.how}"
    return Difference(found.estimate, found.low, found.high, tested.p_value, "population", found.method, test)


def fixed_interval(pairs: Sequence[Pair], confidence: float = 0.95) -> Interval:
    """The closed form over seeds where `fixed_rate` would use it for both arms; else Newcombe's interval.

    Newcombe's puts the two Wilson intervals together and is conservative for the same reason as they are.
    """
    a, n_a, b, n_b = np.array([(p.a, p.a_trials, p.b, p.b_trials) for p in pairs], float).T
    p_a, p_b = a / n_a, b / n_b
    estimate, rates = float((p_a - p_b).mean()), np.concatenate([p_a, p_b])
    if min(n_a.min(), n_b.min()) < SMALL_K or ((rates == 0) | (rates == 1)).any():
        low, high = _newcombe((float(p_a.mean()), _worth(n_a)), (float(p_b.mean()), _worth(n_b)), confidence)
        return Interval(estimate, low, high, "Newcombe on all trials (conservative)")
    variance = (p_a * (1 - p_a) / (n_a - 1) + p_b * (1 - p_b) / (n_b - 1)).sum() / len(pairs) ** 2
    half = normal_quantile(confidence) * math.sqrt(float(variance))
    return Interval(estimate, *clipped((estimate - half, estimate + half), -1.0), "closed form over seeds")


def population_interval(pairs: Sequence[Pair], confidence: float = 0.95) -> Interval:
    """The spread of d_t over tasks, t quantile with T - 1 degrees; none below 10 tasks, nor when all d_t are the same."""
    differences = np.array([p.difference for p in pairs])
    estimate, tasks = float(differences.mean()), len(pairs)
    if tasks < MIN_TASKS:
        return Interval(estimate, None, None, f"no interval: it needs {MIN_TASKS} tasks or more, there are {tasks}")
    if np.ptp(differences) < 1e-12:
        return Interval(estimate, None, None, "no interval: the difference is the same on every task")
    return Interval(estimate, *clipped(t_interval(differences, confidence), -1.0), "t over the tasks' differences")


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values in the order given: with them the chance of even one false finding stays below alpha (Holm 1979)."""
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted


def format_p(p: float) -> str:
    """With its sign of relation: `= 0.031`, `< 0.001`."""
    return "< 0.001" if p < 0.001 else f"= {p:.3f}" if p < 0.1 else f"= {p:.2f}"


def _worth(trials: np.ndarray) -> float:
    """As many rows as would tell as much as these do of a mean over tasks: T K where all are equal."""
    return len(trials) ** 2 / float((1 / trials).sum())


def _newcombe(a: tuple[float, float], b: tuple[float, float], confidence: float) -> tuple[float, float]:
    """Newcombe's hybrid score interval (1998, method 10) of p_a - p_b, each given with its number of trials."""
    (p_a, n_a), (p_b, n_b) = a, b
    low_a, high_a = wilson(p_a * n_a, n_a, confidence)
    low_b, high_b = wilson(p_b * n_b, n_b, confidence)
    difference = p_a - p_b
    return difference - math.hypot(p_a - low_a, high_b - p_b), difference + math.hypot(high_a - p_a, p_b - low_b)


def _detectable(pairs: Sequence[Pair]) -> float:
    splits = [variance_split([(p.a, p.a_trials) for p in pairs]), variance_split([(p.b, p.b_trials) for p in pairs])]
    within_a, within_b = (0.10 if s is None else s.within for s in splits)
    per_run = sum(within_a / p.a_trials + within_b / p.b_trials for p in pairs) / len(pairs)
    return detectable_difference(len(pairs), 1, within_a=per_run, within_b=0.0)
