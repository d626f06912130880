"""Estimators against closed forms, a second library and enumeration."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas
import pytest
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.proportion import proportion_confint

from mldevbench.stats import (
    detectable_difference,
    fixed_rate,
    flip_rate,
    mean_over_tasks,
    missing_bounds,
    pass_all_k,
    pass_at_k,
    population_rate,
    variance_split,
    wilson,
)


@pytest.mark.parametrize(("successes", "trials"), [(0, 5), (5, 5), (14, 30), (1, 1), (150, 1000)])
def test_wilson_agrees_with_statsmodels(successes: int, trials: int) -> None:
    assert wilson(successes, trials) == pytest.approx(proportion_confint(successes, trials, method="wilson"), abs=1e-12)


def test_the_papers_single_runs_are_wide() -> None:
    assert [round(100 * x) for x in wilson(14, 30)] == [30, 64]
    assert [round(100 * x) for x in wilson(15, 30)] == [33, 67]


@pytest.mark.parametrize(("successes", "trials", "k"), [(0, 5, 2), (2, 5, 2), (3, 5, 4), (5, 5, 5)])
def test_pass_at_k_by_enumeration(successes: int, trials: int, k: int) -> None:
    runs = [True] * successes + [False] * (trials - successes)
    draws = list(itertools.combinations(runs, k))
    assert pass_at_k(successes, trials, k) == pytest.approx(sum(map(any, draws)) / len(draws))
    assert pass_all_k(successes, trials, k) == pytest.approx(sum(map(all, draws)) / len(draws))


def test_more_tries_than_trials_is_unknown() -> None:
    assert pass_at_k(1, 2, 3) is None
    assert pass_all_k(1, 2, 3) is None


def test_pass_at_k_averages_over_the_tasks_that_have_k_trials() -> None:
    assert mean_over_tasks(pass_at_k, [(1, 2), (2, 2), (1, 1)], 2) == (1.0, 2)
    assert mean_over_tasks(pass_all_k, [(1, 2), (2, 2), (1, 1)], 2) == (0.5, 2)
    assert mean_over_tasks(pass_at_k, [(1, 1)], 2) == (None, 0)


def test_variance_split_in_the_extremes() -> None:
    sure, same = variance_split([(4, 4), (0, 4), (4, 4), (0, 4)]), variance_split([(2, 4)] * 4)
    assert sure is not None
    assert same is not None
    assert (sure.within, sure.icc) == (0.0, 1.0)
    assert sure.between == pytest.approx(1 / 3)
    assert same.between == 0.0
    assert same.within == pytest.approx(1 / 3)
    assert variance_split([(1, 1), (0, 1)]) is None
    assert variance_split([(1, 5)]) is None


def test_variance_split_is_the_closed_form_when_balanced() -> None:
    k, c = 5, np.array([0, 1, 3, 5, 4])
    p = c / k
    msw = k * (p * (1 - p)).sum() / (len(c) * (k - 1))
    msb = k * ((p - p.mean()) ** 2).sum() / (len(c) - 1)
    split = variance_split([(int(x), k) for x in c])
    assert split is not None
    assert (split.within, split.between) == pytest.approx((msw, (msb - msw) / k))
    assert split.icc == pytest.approx((msb - msw) / (msb + (k - 1) * msw))


def test_variance_split_agrees_with_statsmodels_when_unbalanced() -> None:
    counts = [(1, 4), (2, 2), (0, 5), (6, 7)]
    outcomes = [float(i < c) for c, n in counts for i in range(n)]
    task = np.repeat(range(len(counts)), [n for _, n in counts])
    table = anova_lm(ols("y ~ C(task)", pandas.DataFrame({"y": outcomes, "task": task})).fit())
    split = variance_split(counts)
    assert split is not None
    assert split.within == pytest.approx(table["mean_sq"]["Residual"])
    n0 = (18 - (16 + 4 + 25 + 49) / 18) / 3
    assert split.between == pytest.approx((table["mean_sq"]["C(task)"] - split.within) / n0)


def test_flip_rate_is_the_chance_that_two_runs_differ() -> None:
    assert flip_rate([(1, 2)]) == 1.0
    assert flip_rate([(0, 3), (3, 3)]) == 0.0
    assert flip_rate([(1, 1)]) is None


def test_detectable_difference_as_published() -> None:
    found = {k: round(100 * detectable_difference(30, k), 1) for k in (5, 10, 20, 30)}
    assert found == {5: 10.2, 10: 7.2, 20: 5.1, 30: 4.2}


def test_missing_trials_bound_the_rate() -> None:
    low, high = missing_bounds([(2, 4), (1, 2)], [5, 4])
    assert low == pytest.approx((2 / 5 + 1 / 4) / 2)
    assert high == pytest.approx((3 / 5 + 3 / 4) / 2)


def test_few_tasks_have_no_population_interval() -> None:
    rate = population_rate([(1, 2)] * 6)
    assert rate.low is None
    assert "10 tasks" in rate.method


def test_tasks_that_all_came_out_alike_are_no_certainty_about_others() -> None:
    rate = population_rate([(0, 5)] * 30)
    assert (rate.low, rate.high) == pytest.approx(wilson(0, 30))


def test_a_task_with_few_trials_widens_the_interval() -> None:
    """The estimate is a mean over tasks: 60 trials of one task tell nothing of the other."""
    rate = fixed_rate([(1, 2), (30, 60)])
    assert (rate.low, rate.high) == pytest.approx(wilson(0.5 * 4 / (1 / 2 + 1 / 60), 4 / (1 / 2 + 1 / 60)))


def test_the_closed_form_is_the_standard_error_over_seeds() -> None:
    rate = fixed_rate([(6, 12), (3, 12)])
    error = math.sqrt(0.5 * 0.5 / 11 + 0.25 * 0.75 / 11) / 2
    assert rate.high == pytest.approx(0.375 + 1.959964 * error, abs=1e-6)
