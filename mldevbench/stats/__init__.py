"""Statistics of repeated trials: rates with the interval that answers the question asked, variance, comparisons, power.

T tasks with K seeds each; a success is 1, a failure 0; p_t is the mean over a task's seeds, p the mean of the p_t. Two questions
are never mixed: `fixed` (the same tasks, new seeds) and `population` (other tasks like these).
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mldevbench.stats.curves import CurvePoint, k_curve
    from mldevbench.stats.paired import Comparison, Difference, TaskCounts, compare, format_p, holm
    from mldevbench.stats.power import detectable_difference
    from mldevbench.stats.proportion import wilson
    from mldevbench.stats.rates import Rate, fixed_rate, missing_bounds, population_rate, task_rate
    from mldevbench.stats.scaling import BudgetPoint, budgets, success_by_budget
    from mldevbench.stats.scores import Iqm, Score, iqm, performance_profile, score
    from mldevbench.stats.variance import Variance, flip_rate, mean_over_tasks, pass_all_k, pass_at_k, variance_split

__all__ = [
    "BudgetPoint",
    "Comparison",
    "CurvePoint",
    "Difference",
    "Iqm",
    "Rate",
    "Score",
    "TaskCounts",
    "Variance",
    "budgets",
    "compare",
    "detectable_difference",
    "fixed_rate",
    "flip_rate",
    "format_p",
    "holm",
    "iqm",
    "k_curve",
    "mean_over_tasks",
    "missing_bounds",
    "pass_all_k",
    "pass_at_k",
    "performance_profile",
    "population_rate",
    "score",
    "success_by_budget",
    "task_rate",
    "variance_split",
    "wilson",
]
_HOMES = {
    "curves": ("CurvePoint", "k_curve"),
    "paired": ("Comparison", "Difference", "TaskCounts", "compare", "format_p", "holm"),
    "power": ("detectable_difference",),
    "proportion": ("wilson",),
    "rates": ("Rate", "fixed_rate", "missing_bounds", "population_rate", "task_rate"),
    "scaling": ("BudgetPoint", "budgets", "success_by_budget"),
    "scores": ("Iqm", "Score", "iqm", "performance_profile", "score"),
    "variance": ("Variance", "flip_rate", "mean_over_tasks", "pass_all_k", "pass_at_k", "variance_split"),
}


def __getattr__(name: str) -> Any:
    """scipy, which takes a second, is loaded only by those who use it."""
    home = next((module for module, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{home}"), name)
