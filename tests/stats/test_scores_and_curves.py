"""Scores, budgets and curves against closed forms, enumeration and second libraries."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW

from mldevbench.stats import budgets, iqm, k_curve, pass_all_k, pass_at_k, performance_profile, score, success_by_budget


def test_a_score_is_the_t_interval_over_seeds() -> None:
    values = [0.61, 0.7, 0.66, 0.58]
    found = score([*values, float("nan")], 6)
    assert (found.low, found.high) == pytest.approx(DescrStatsW(values).tconfint_mean())
    assert found.sd == pytest.approx(np.std(values, ddof=1))
    assert (found.trials, found.missing) == (4, 2)
    assert score([0.5], 1).low is None
    with pytest.raises(ValueError, match="finite"):
        score([float("inf")], 1)


def test_the_interquartile_mean_ignores_the_outer_half() -> None:
    assert iqm([[0.0, 0.4], [0.5, 0.6], [0.7, 0.8], [0.9, 100.0]]).estimate == pytest.approx((0.5 + 0.6 + 0.7 + 0.8) / 4)
    runs = np.random.default_rng(0).normal(0.6, 0.1, (20, 10))
    found = iqm(runs.tolist())
    assert found.estimate == pytest.approx(stats.trim_mean(runs.ravel(), 0.25))
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.estimate < found.high
    assert found.high - found.low == pytest.approx(2 * 1.96 * 1.1 * 0.1 / np.sqrt(200), rel=0.35)  # near that of a mean
    assert iqm([[0.5], [0.6, 0.7]]).low is None


def test_a_performance_profile_is_the_share_of_runs_that_reach_a_level() -> None:
    assert performance_profile([[0.2, 0.8], [0.9]], [0.1, 0.5, 0.95]) == [1.0, 0.75, 0.0]


def test_success_by_budget_counts_what_passed_within_it() -> None:
    used = {"a": [(True, 3.0), (True, 9.0), (False, 1.0)], "b": [(False, 50.0), (True, 5.0)]}
    assert budgets(used) == [3.0, 5.0, 9.0, 50.0]
    found = {p.budget: p.rate.estimate for p in success_by_budget(used, [1.0, 3.0, 5.0, 50.0])}
    assert found == pytest.approx({1.0: 0.0, 3.0: 1 / 6, 5.0: (1 / 3 + 1 / 2) / 2, 50.0: (2 / 3 + 1 / 2) / 2})
    assert budgets({"a": [(False, 7.0)]}) == [7.0]


def test_curves_have_the_same_tasks_at_every_k() -> None:
    counts = [(c % 5, 4 + c % 2) for c in range(12)]
    at, every = k_curve(pass_at_k, counts), k_curve(pass_all_k, counts)
    assert [p.k for p in at] == [1, 2, 3, 4]
    assert {p.tasks for p in at} == {12}
    assert at[0].estimate == every[0].estimate == pytest.approx(np.mean([c / n for c, n in counts]))
    assert [p.estimate for p in at] == sorted(p.estimate for p in at)
    assert [p.estimate for p in every] == sorted((p.estimate for p in every), reverse=True)
    assert all(p.low is not None for p in at)
    assert k_curve(pass_at_k, counts[:5])[0].low is None
    assert [p.k for p in k_curve(pass_at_k, [(350, 700)] * 3)][-3:] == [528, 660, 700]
