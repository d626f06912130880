"""`python -m mldevbench.stats.simulate`: how often a 95 % interval holds the truth, and how often a test errs at 0.05, seen.

Prints the tables of docs/statistics.md. Each line simulates sweeps of tasks with known rates and asks the estimators of this
package; `claims` says whether the method is meant to keep its level there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mldevbench.stats.paired import (
    Difference,
    Interval,
    fixed_difference,
    fixed_interval,
    population_difference,
    population_interval,
)
from mldevbench.stats.permutation import Pair
from mldevbench.stats.rates import Rate, fixed_rate, population_rate, task_rate
from mldevbench.stats.scores import score

RUNS = 2000
TASKS = 30
LOWEST, HIGHEST = 0.93, 0.97

FIXED: dict[str, np.ndarray] = {
    "rates spread over .1 to .9": np.linspace(0.1, 0.9, TASKS),
    "rates .4 to .6": np.linspace(0.4, 0.6, TASKS),
    "14 tasks at .97, 16 at .02": np.array([0.97] * 14 + [0.02] * 16),
    "all at .02": np.full(TASKS, 0.02),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One line: what was simulated, the method that most of its runs took, and the share of runs in which it was right."""

    question: str
    tasks: str
    seeds: int
    method: str
    coverage: float | None
    width: float
    verdict: str


def coverage_of_rates(runs: int = RUNS) -> Iterator[Seen]:
    """Rates of one arm, both questions, and of one task."""
    rng = np.random.default_rng(1)
    for name, rates in FIXED.items():
        for seeds in (1, 2, 3, 5, 10, 20):
            found = [fixed_rate(_counts(rng, rates, seeds)) for _ in range(runs)]
            yield _seen("fixed", name, seeds, found, float(rates.mean()))
    for tasks in (6, 10, 30):
        for seeds in (1, 2, 5, 20):
            found = [population_rate(_counts(rng, rng.beta(0.5, 0.75, tasks), seeds)) for _ in range(runs)]
            yield _seen("population", f"{tasks} drawn, mean .40", seeds, found, 0.4)
    for rate in (0.02, 0.3, 0.5):
        for seeds in (5, 10, 20):
            found = [task_rate(int(c), seeds) for c in rng.binomial(seeds, rate, runs)]
            yield _seen("one task", f"rate {rate:.2f}", seeds, found, rate)


def coverage_of_differences(runs: int = RUNS) -> Iterator[Seen]:
    """Of two arms: the second is 10 points worse on every task (fixed), or on the mean of drawn tasks (population)."""
    rng = np.random.default_rng(2)
    for name, rates in list(FIXED.items())[:3]:
        lower = np.clip(rates - 0.1, 0.01, 1)
        for seeds in (1, 2, 5, 20):
            found = [fixed_interval(_pairs(rng, rates, lower, seeds)) for _ in range(runs)]
            yield _seen("fixed", name, seeds, found, float((rates - lower).mean()))
    for seeds in (1, 2, 5, 20):
        found = []
        for _ in range(runs):
            rates = rng.uniform(0.1, 0.8, TASKS)
            found.append(population_interval(_pairs(rng, rates + 0.1, rates + rng.uniform(-0.1, 0.1, TASKS), seeds)))
        yield _seen("population", f"{TASKS} drawn", seeds, found, 0.1)


@dataclass(frozen=True, slots=True)
class Errors:
    """How often a test says p < 0.05 where there is no difference (`alpha`) and where A is 10 points better (`power`)."""

    question: str
    seeds: int
    test: str
    alpha: float
    power: float


def errors_of_tests(runs: int = RUNS) -> Iterator[Errors]:
    rng = np.random.default_rng(3)
    rates = np.linspace(0.2, 0.9, TASKS)
    for seeds in (1, 2, 5, 20):
        same, better = (
            [fixed_difference(_pairs(rng, rates, other, seeds)) for _ in range(runs)] for other in (rates, rates - 0.1)
        )
        yield Errors("fixed", seeds, same[0].test, _found(same), _found(better))
    for seeds in (1, 2, 5, 20):
        same, better = [], []
        for _ in range(runs):
            shift = rng.choice([-0.1, 0.1], TASKS)  # the arms differ on every task, and on no average
            same.append(population_difference(_pairs(rng, rates + shift, rates, seeds)))
            better.append(population_difference(_pairs(rng, rates + shift, rates - 0.1, seeds)))
        yield Errors("population", seeds, same[0].test, _found(same), _found(better))


def coverage_of_scores(runs: int = RUNS) -> Iterator[Seen]:
    """The mean of a metric on one task, normal over seeds."""
    rng = np.random.default_rng(4)
    for seeds in (2, 5, 20):
        found = [score(rng.normal(0.7, 0.1, seeds).tolist(), seeds) for _ in range(runs)]
        hits = [s.low is not None and s.high is not None and s.low <= 0.7 <= s.high for s in found]
        widths = [s.high - s.low for s in found if s.low is not None and s.high is not None]
        yield Seen("one task", "a score, normal", seeds, found[0].method, float(np.mean(hits)), float(np.mean(widths)), "holds")


def _counts(rng: np.random.Generator, rates: np.ndarray, seeds: int) -> list[tuple[int, int]]:
    return [(int(c), seeds) for c in rng.binomial(seeds, rates)]


def _pairs(rng: np.random.Generator, a: np.ndarray, b: np.ndarray, seeds: int) -> list[Pair]:
    drawn = zip(rng.binomial(seeds, np.clip(a, 0, 1)), rng.binomial(seeds, np.clip(b, 0, 1)), strict=True)
    return [Pair(int(x), seeds, int(y), seeds) for x, y in drawn]


def _seen(question: str, tasks: str, seeds: int, found: Sequence[Rate | Interval], truth: float) -> Seen:
    intervals = [(f.low, f.high) for f in found if f.low is not None and f.high is not None]
    methods = [f.method for f in found]
    method = max(set(methods), key=methods.count)
    if not intervals:
        return Seen(question, tasks, seeds, method, None, 0.0, "none is shown")
    # A hair of room: where nearly all tasks are sure, an end can be the truth itself.
    hits = sum(low - 1e-12 <= truth <= high + 1e-12 for low, high in intervals) / len(intervals)
    width = float(np.mean([high - low for low, high in intervals]))
    verdict = "TOO NARROW" if hits < LOWEST else "conservative" if hits > HIGHEST else "holds"
    return Seen(question, tasks, seeds, method, hits, width, verdict)


def _found(differences: list[Difference]) -> float:
    return sum(d.p_value < 0.05 for d in differences) / len(differences)


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    for title, lines in (
        ("Rates", coverage_of_rates(runs)),
        ("Differences", coverage_of_differences(runs)),
        ("Scores", coverage_of_scores(runs)),
    ):
        print(f"\n### {title}: 95 % intervals, {runs} runs a line\n")
        print("| question | tasks | seeds | method (of most runs) | covers | mean width | |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        for s in lines:
            covers, width = ("-", "-") if s.coverage is None else (f"{100 * s.coverage:.1f} %", f"{100 * s.width:.1f} points")
            print(f"| {s.question} | {s.tasks} | {s.seeds} | {s.method} | {covers} | {width} | {s.verdict} |", flush=True)
    print(f"\n### Tests at alpha 0.05, {runs} runs a line, {TASKS} tasks\n")
    print("| question | seeds | test | errs without a difference | finds 10 points |")
    print("| --- | --- | --- | --- | --- |")
    for e in errors_of_tests(runs):
        print(f"| {e.question} | {e.seeds} | {e.test} | {100 * e.alpha:.1f} % | {100 * e.power:.1f} % |", flush=True)


if __name__ == "__main__":
    main()
