"""Comparisons against enumeration, closed forms and a second library."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

from mldevbench.stats import compare, holm
from mldevbench.stats.paired import fixed_difference, population_difference
from mldevbench.stats.permutation import Pair, label_permutation, sign_flip


def test_label_permutation_by_enumeration() -> None:
    """Every way to say which runs of a task were whose, of three tasks with unequal numbers of runs."""
    pairs = [Pair(2, 2, 1, 3), Pair(1, 2, 0, 2), Pair(3, 3, 2, 3)]
    observed = sum(p.difference for p in pairs)
    sums = [[]]  # type: ignore[var-annotated]
    for p in pairs:
        runs = [1] * (p.a + p.b) + [0] * (p.a_trials + p.b_trials - p.a - p.b)
        splits = [
            sum(runs[i] for i in own) / p.a_trials - (sum(runs) - sum(runs[i] for i in own)) / p.b_trials
            for own in itertools.combinations(range(len(runs)), p.a_trials)
        ]
        sums = [[*s, d] for s in sums for d in splits]
    share = np.mean([abs(sum(s)) >= abs(observed) - 1e-9 for s in sums])
    assert label_permutation(pairs).p_value == pytest.approx(float(share))


def test_sign_flips_agree_with_scipy() -> None:
    rng = np.random.default_rng(1)
    pairs = [Pair(int(a), 5, int(b), 4) for a, b in zip(rng.binomial(5, 0.7, 9), rng.binomial(4, 0.4, 9), strict=True)]
    differences = np.array([p.difference for p in pairs])
    exact = stats.permutation_test((differences,), np.sum, permutation_type="samples", n_resamples=np.inf)
    assert sign_flip(pairs).p_value == pytest.approx(exact.pvalue)


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 0), (1, 0), (8, 2), (3, 9)])
def test_one_run_a_task_is_mcnemars_test(only_a: int, only_b: int) -> None:
    pairs = [Pair(1, 1, 1, 1)] * 5 + [Pair(0, 1, 0, 1)] * 4 + [Pair(1, 1, 0, 1)] * only_a + [Pair(0, 1, 1, 1)] * only_b
    found = fixed_difference(pairs)
    assert found.test == "McNemar, exact"
    assert found.p_value == pytest.approx(mcnemar([[5, only_a], [only_b, 4]], exact=True).pvalue)


def test_many_different_trial_counts_are_sampled() -> None:
    pairs = [Pair(n // 2, n, n // 3, n + 1) for n in range(5, 25)]
    a, n_a, b, n_b = np.array([(p.a, p.a_trials, p.b, p.b_trials) for p in pairs]).T
    rng = np.random.default_rng(5)
    first = rng.hypergeometric(a + b, n_a + n_b - a - b, n_a, (200_000, len(pairs)))
    sums = (first / n_a - (a + b - first) / n_b).sum(1)
    share = (abs(sums) >= abs(sum(p.difference for p in pairs)) - 1e-9).mean()
    found = label_permutation(pairs)
    assert found.p_value == pytest.approx(share, abs=0.005)
    assert found.how == "100,000 draws"
    assert label_permutation([Pair(n // 2, n, n // 2, n) for n in range(100, 400)]).p_value == 1.0


def test_holm_agrees_with_statsmodels() -> None:
    values = [0.04, 0.001, 0.03, 0.5, 0.012, 0.9]
    assert holm(values) == pytest.approx(multipletests(values, method="holm")[1])
    assert holm([]) == []


def test_the_conservative_interval_is_newcombes() -> None:
    pairs = [Pair(3, 5, 1, 5), Pair(5, 5, 4, 5)]
    found = fixed_difference(pairs)
    expected = confint_proportions_2indep(8, 10, 5, 10, method="newcomb", compare="diff")
    assert (found.low, found.high) == pytest.approx(expected)


def test_with_many_seeds_it_is_the_closed_form() -> None:
    found = fixed_difference([Pair(6, 12, 3, 12), Pair(9, 12, 6, 12)])
    error = math.sqrt((0.25 + 0.1875 + 0.1875 + 0.25) / 11) / 2
    assert (found.low, found.high) == pytest.approx((0.25 - 1.959964 * error, 0.25 + 1.959964 * error))


def test_the_population_interval_is_the_paired_t_interval() -> None:
    rng = np.random.default_rng(2)
    pairs = [Pair(int(a), 4, int(b), 4) for a, b in rng.integers(0, 5, (12, 2))]
    found = population_difference(pairs)
    t = stats.ttest_rel([p.a / 4 for p in pairs], [p.b / 4 for p in pairs]).confidence_interval()
    assert (found.low, found.high) == pytest.approx((t.low, t.high))
    assert population_difference(pairs[:9]).low is None
    assert population_difference([Pair(2, 4, 1, 4)] * 12).low is None


def test_tasks_of_one_arm_only_are_left_out_and_named() -> None:
    found = compare({"a": (1, 2), "b": (2, 2), "d": (0, 0)}, {"b": (0, 2), "c": (1, 1), "d": (1, 2)})
    assert (found.tasks, found.rate_a, found.rate_b) == (1, 1.0, 0.0)
    assert found.unpaired == ("a", "c", "d")
    with pytest.raises(ValueError, match="no task"):
        compare({"a": (1, 2)}, {"b": (1, 2)})
