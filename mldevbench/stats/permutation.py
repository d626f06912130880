"""Exact permutation tests of a sum over tasks: its whole distribution, by convolution, instead of a sample of it.

With d_t = c_At / n_At - c_Bt / n_Bt every value is a multiple of 1 / L, L the least common multiple of the trial counts, so that
the distribution of sum_t d_t under the null is an array over whole numbers. Where that array would be too long (many different
trial counts), 100,000 draws with a fixed seed stand in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LONGEST = 500_000
"""Entries of the largest distribution that is computed exactly."""
DRAWS = 100_000


@dataclass(frozen=True, slots=True)
class Pair:
    """One task's successes and trials in both arms."""

    a: int
    a_trials: int
    b: int
    b_trials: int

    @property
    def difference(self) -> float:
        return self.a / self.a_trials - self.b / self.b_trials


@dataclass(frozen=True, slots=True)
class Tested:
    """A two-sided p-value, and how it was had: `exact`, or from draws."""

    p_value: float
    how: str


@dataclass(frozen=True, slots=True)
class _Choices:
    """What one task may add to the sum under the null, in units of 1 / L (which may exceed 64 bits), and how likely each is."""

    values: Sequence[int]
    chances: Sequence[float]


def label_permutation(pairs: Sequence[Pair]) -> Tested:
    """The fixed question's p: within a task, which of its runs were whose is a matter of chance.

    Null: every task has the same rate in both arms. A task's runs split like a hypergeometric draw. With one run a task and arm
    this is McNemar's exact test.
    """
    scale = _scale(pairs)
    choices = []
    for pair in pairs:
        successes, runs = pair.a + pair.b, pair.a_trials + pair.b_trials
        first = range(max(0, successes - pair.b_trials), min(pair.a_trials, successes) + 1)
        ways = math.comb(runs, successes)
        chances = [math.comb(pair.a_trials, x) * math.comb(pair.b_trials, successes - x) / ways for x in first]
        values = [x * (scale // pair.a_trials) - (successes - x) * (scale // pair.b_trials) for x in first]
        choices.append(_Choices(values, chances))
    return _two_sided(choices, _observed(pairs, scale))


def sign_flip(pairs: Sequence[Pair]) -> Tested:
    """The population question's p: a task's difference is as likely to favour one arm as the other.

    Null: over tasks, d_t is distributed symmetrically around 0.
    """
    scale = _scale(pairs)
    observed = [_observed([pair], scale) for pair in pairs]
    return _two_sided([_Choices((-d, d), (0.5, 0.5)) for d in observed if d], sum(observed))


def _scale(pairs: Sequence[Pair]) -> int:
    return math.lcm(*(n for pair in pairs for n in (pair.a_trials, pair.b_trials)))


def _observed(pairs: Sequence[Pair], scale: int) -> int:
    return sum(p.a * (scale // p.a_trials) - p.b * (scale // p.b_trials) for p in pairs)


def _two_sided(choices: Sequence[_Choices], observed: int) -> Tested:
    reach = sum(max(map(abs, c.values)) for c in choices)
    if 2 * reach + 1 > LONGEST:
        return _sampled(choices, observed, reach)
    sums = np.zeros(2 * reach + 1)
    sums[reach] = 1.0
    for choice in choices:
        grown = np.zeros_like(sums)
        for value, chance in zip(choice.values, choice.chances, strict=True):
            low, high = max(0, value), len(sums) + min(0, value)
            grown[low:high] += chance * sums[low - value : high - value]
        sums = grown
    return Tested(min(1.0, float(sums[np.abs(np.arange(-reach, reach + 1)) >= abs(observed)].sum())), "exact")


def _sampled(choices: Sequence[_Choices], observed: int, reach: int) -> Tested:
    """In units of `reach`, for the whole numbers may be too large for any float."""
    rng = np.random.default_rng(0)
    sums = np.zeros(DRAWS)
    for choice in choices:
        chances = np.array(choice.chances)
        sums += rng.choice(np.array([value / reach for value in choice.values]), DRAWS, p=chances / chances.sum())
    as_far = np.abs(sums) >= abs(observed) / reach - 1e-12
    return Tested(float((1 + as_far.sum()) / (1 + DRAWS)), f"{DRAWS:,} draws")
