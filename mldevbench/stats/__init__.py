"""Statistics of repeated trials: rates with the interval that answers the question asked, variance, power.

T tasks with K seeds each; a success is 1, a failure 0; p_t is the mean over a task's seeds, p the mean of the p_t. Two questions
are never mixed: `fixed` (the same tasks, new seeds) and `population` (other tasks like these).
"""

from mldevbench.stats.power import detectable_difference
from mldevbench.stats.rates import Rate, fixed_rate, missing_bounds, population_rate, wilson
from mldevbench.stats.variance import Variance, flip_rate, mean_over_tasks, pass_all_k, pass_at_k, variance_split

__all__ = [
    "Rate",
    "Variance",
    "detectable_difference",
    "fixed_rate",
    "flip_rate",
    "mean_over_tasks",
    "missing_bounds",
    "pass_all_k",
    "pass_at_k",
    "population_rate",
    "variance_split",
    "wilson",
]
