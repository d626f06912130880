"""`python -m mldevbench.stats.simulate [RUNS]`: how often a 95 % interval holds the truth, and how often a test errs at 0.05.

Prints the tables of docs/statistics.md. Each line simulates sweeps with known rates and asks an estimator of this package.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from mldevbench.stats.curves import k_curve
from mldevbench.stats.paired import (
    Difference,
    Interval,
    fixed_difference,
    fixed_interval,
    population_difference,
    population_interval,
)
from mldevbench.stats.permutation import Pair
from mldevbench.stats.proportion import wilson
from mldevbench.stats.rates import Rate, closed_form, fixed_rate, population_rate, t_interval, task_rate
from mldevbench.stats.scores import Iqm, Score, iqm, score
from mldevbench.stats.variance import pass_at_k

RUNS = 2000
TASKS = 30
LOWEST, HIGHEST = 0.93, 0.97

SPREAD, MIDDLE, STEEP, HOPELESS = ("spread over .1 to .9", ".4 to .6", "14 at .97, 16 at .02", "all at .02")
FIXED: dict[str, np.ndarray] = {
    SPREAD: np.linspace(0.1, 0.9, TASKS),
    MIDDLE: np.linspace(0.4, 0.6, TASKS),
    STEEP: np.array([0.97] * 14 + [0.02] * 16),
    HOPELESS: np.full(TASKS, 0.02),
}
MEAN_DRAWN = 0.4
LOPSIDED, MEAN_LOPSIDED = "one in 7 at .97, others at .02", 0.97 / 7 + 0.02 * 6 / 7

Shown = Rate | Interval | Score | Iqm


@dataclass(frozen=True, slots=True)
class Seen:
    """One line: what was simulated, the method that most of its runs took, and the share of runs in which it was right.

    `coverage` is null where no interval is shown; `widthless` is the share of the intervals that have no width.
    """

    question: str
    tasks: str
    seeds: int
    method: str
    coverage: float | None
    widthless: float

    def cell(self) -> str:
        """Percent, in bold letters where it is too low."""
        if self.coverage is None:
            return "none"
        shown = f"{100 * self.coverage:.1f}"
        empty = f" ({100 * self.widthless:.0f} % without width)" if self.widthless >= 0.005 else ""
        return f"**{shown}**{empty}" if self.coverage < LOWEST else shown


def rates(runs: int = RUNS) -> Iterator[Seen]:
    """One arm, both questions; one task; the mean of pass@k."""
    rng = np.random.default_rng(1)
    for name, p in FIXED.items():
        for seeds in (1, 2, 3, 5, 10, 20):
            yield _seen("fixed", name, seeds, [fixed_rate(_counts(rng, p, seeds)) for _ in range(runs)], float(p.mean()))
    mixed = np.resize([1, 2, 20], TASKS)
    found = [fixed_rate(_counts(rng, FIXED[SPREAD], mixed)) for _ in range(runs)]
    yield _seen("fixed", f"{SPREAD}; 1, 2 or 20 seeds", 20, found, 0.5)
    for tasks in (6, 10, 30):
        for seeds in (1, 2, 5, 20):
            found = [population_rate(_counts(rng, _drawn(rng, tasks), seeds)) for _ in range(runs)]
            yield _seen("population", f"{tasks} drawn", seeds, found, MEAN_DRAWN)
    for tasks in (10, 30):
        found = [population_rate(_counts(rng, _lopsided(rng, tasks), 5)) for _ in range(runs)]
        yield _seen("population", f"{tasks} drawn, {LOPSIDED}", 5, found, MEAN_LOPSIDED)
    curves = [k_curve(pass_at_k, _counts(rng, rng.beta(1, 1.5, TASKS), 5))[2] for _ in range(runs)]
    three = [Interval(p.estimate, p.low, p.high, "pass@3: t over tasks") for p in curves]
    yield _seen("population", f"{TASKS} drawn", 5, three, 1 - 1.5 * 2.5 * 3.5 / (2.5 * 3.5 * 4.5))
    for rate in (0.02, 0.3, 0.5):
        for seeds in (5, 10, 20):
            found = [task_rate(int(c), seeds) for c in rng.binomial(seeds, rate, runs)]
            yield _seen("one task", f"rate {rate:g}", seeds, found, rate)


def differences(runs: int = RUNS) -> Iterator[Seen]:
    """Two arms: the second is 10 points worse on every task (fixed), or on the mean of drawn tasks (population)."""
    rng = np.random.default_rng(2)
    for name in (SPREAD, MIDDLE, STEEP):
        higher, lower = FIXED[name], np.clip(FIXED[name] - 0.1, 0.01, 1)
        for seeds in (1, 2, 5, 20):
            found = [fixed_interval(_pairs(rng, higher, lower, seeds)) for _ in range(runs)]
            yield _seen("fixed", name, seeds, found, float((higher - lower).mean()))
    for seeds in (1, 2, 5, 20):
        found = []
        for _ in range(runs):
            p = rng.uniform(0.1, 0.8, TASKS)
            found.append(population_interval(_pairs(rng, p + 0.1, p + rng.uniform(-0.1, 0.1, TASKS), seeds)))
        yield _seen("population", f"{TASKS} drawn", seeds, found, 0.1)


def scores(runs: int = RUNS) -> Iterator[Seen]:
    """The mean of a metric on one task, normal over seeds; the interquartile mean over 12 tasks."""
    rng = np.random.default_rng(4)
    for seeds in (2, 5, 20):
        found = [score(rng.normal(0.7, 0.1, seeds).tolist(), seeds) for _ in range(runs)]
        yield _seen("one task", "a normal score", seeds, found, 0.7)
    means = np.linspace(0.3, 0.9, 12)[:, None]
    truth = float(stats.trim_mean(rng.normal(means, 0.1, (12, 100_000)), 0.25, axis=None))
    for seeds in (3, 5, 10, 20):
        middle = [iqm(rng.normal(means, 0.1, (12, seeds)).tolist()) for _ in range(max(100, runs // 4))]
        yield _seen("fixed", "12, IQM of normal scores", seeds, middle, truth)


def elsewhere(runs: int = RUNS) -> Iterator[Seen]:
    """Methods where they do not hold, so that they are not used there."""
    rng = np.random.default_rng(5)
    for name in (STEEP, HOPELESS, SPREAD):
        for seeds in (2, 3, 5, 10, 20):
            counts = [_counts(rng, FIXED[name], seeds) for _ in range(runs)]
            yield _seen("fixed", name, seeds, _by(closed_form, counts, "closed form over seeds"), float(FIXED[name].mean()))
    for draw, kind, truth in ((_drawn, "", MEAN_DRAWN), (_lopsided, f", {LOPSIDED}", MEAN_LOPSIDED)):
        for seeds in (2, 5, 20):
            counts = [_counts(rng, draw(rng, 6), seeds) for _ in range(runs)]
            found = _by(lambda c: t_interval(np.array([x / n for x, n in c])), counts, "t over 6 tasks")
            yield _seen("population", f"6 drawn{kind}", seeds, found, truth)
    for seeds in (2, 5, 20):
        counts = [_counts(rng, _drawn(rng, TASKS), seeds) for _ in range(runs)]
        found = _by(lambda c: wilson(*np.array(c).sum(0)), counts, "all trials as if independent")
        yield _seen("population", f"{TASKS} drawn", seeds, found, MEAN_DRAWN)


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
    p = np.linspace(0.2, 0.9, TASKS)
    for seeds in (1, 2, 5, 20):
        same, better = ([fixed_difference(_pairs(rng, p, other, seeds)) for _ in range(runs)] for other in (p, p - 0.1))
        yield Errors("fixed", seeds, same[0].test, _found(same), _found(better))
    for seeds in (1, 2, 5, 20):
        same, better = [], []
        for _ in range(runs):
            shift = rng.choice([-0.1, 0.1], TASKS)  # the arms differ on every task, and on no average
            same.append(population_difference(_pairs(rng, p + shift, p, seeds)))
            better.append(population_difference(_pairs(rng, p + shift, p - 0.1, seeds)))
        yield Errors("population", seeds, same[0].test, _found(same), _found(better))


def _drawn(rng: np.random.Generator, tasks: int) -> np.ndarray:
    """Rates of new tasks: most of them are nearly sure, one way or the other."""
    return rng.beta(0.5, 0.75, tasks)


def _lopsided(rng: np.random.Generator, tasks: int) -> np.ndarray:
    return np.where(rng.random(tasks) < 1 / 7, 0.97, 0.02)


def _counts(rng: np.random.Generator, p: np.ndarray, seeds: int | np.ndarray) -> list[tuple[int, int]]:
    drawn = rng.binomial(seeds, p).tolist()
    return list(zip(drawn, np.broadcast_to(seeds, len(p)).tolist(), strict=True))


def _pairs(rng: np.random.Generator, a: np.ndarray, b: np.ndarray, seeds: int) -> list[Pair]:
    drawn = zip(rng.binomial(seeds, np.clip(a, 0, 1)), rng.binomial(seeds, np.clip(b, 0, 1)), strict=True)
    return [Pair(int(x), seeds, int(y), seeds) for x, y in drawn]


def _by(
    method: Callable[[list[tuple[int, int]]], tuple[float, float]], found: Sequence[list[tuple[int, int]]], name: str
) -> list[Interval]:
    return [Interval((ends[0] + ends[1]) / 2, *ends, name) for counts in found for ends in [method(counts)]]


def _seen(question: str, tasks: str, seeds: int, found: Sequence[Shown], truth: float) -> Seen:
    intervals = [(f.low, f.high) for f in found if f.low is not None and f.high is not None]
    methods = [f.method for f in found]
    method = max(set(methods), key=methods.count)
    if not intervals:
        return Seen(question, tasks, seeds, method, None, 0.0)
    # A hair of room: where nearly all tasks are sure, an end can be the truth itself.
    hits = sum(low - 1e-12 <= truth <= high + 1e-12 for low, high in intervals) / len(intervals)
    return Seen(question, tasks, seeds, method, hits, float(np.mean([high - low < 1e-12 for low, high in intervals])))


def _found(found: list[Difference]) -> float:
    return sum(d.p_value < 0.05 for d in found) / len(found)


def by_seeds(lines: Iterable[Seen]) -> list[str]:
    """A table in Markdown: a row for each question, kind of tasks and method, a column for each number of seeds."""
    found = list(lines)
    columns = sorted({line.seeds for line in found})
    rows: dict[tuple[str, str, str], dict[int, str]] = {}
    for line in found:
        rows.setdefault((line.question, line.tasks, line.method), {})[line.seeds] = line.cell()
    head = ["question", "tasks", "method", *(f"K={k}" for k in columns)]
    table = [head, ["---"] * 3 + ["---:"] * len(columns)]
    table += [[*row, *(cells.get(k, "") for k in columns)] for row, cells in rows.items()]
    return ["| " + " | ".join(words) + " |" for words in table]


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    for title, lines in (
        ("Rates", rates(runs)),
        ("Differences", differences(runs)),
        ("Scores", scores(runs)),
        ("Methods where they do not hold, and are not used", elsewhere(runs)),
    ):
        print("", f"### {title}", "", *by_seeds(lines), sep="\n", flush=True)
    print("", "### Tests", "", "| question | seeds | test | errs without a difference | finds 10 points |", sep="\n")
    print("| --- | ---: | --- | ---: | ---: |")
    for e in errors_of_tests(runs):
        print(f"| {e.question} | {e.seeds} | {e.test} | {100 * e.alpha:.1f} % | {100 * e.power:.1f} % |", flush=True)


if __name__ == "__main__":
    main()
