"""How small a difference a planned sweep could show. Standard library only: a dry run prints it."""

from __future__ import annotations

import math


def detectable_difference(
    tasks: int, seeds: int, *, within_a: float = 0.10, within_b: float = 0.10, task_sd: float = 0.0
) -> float:
    """The difference in rate between two arms that is found with power 0.8 at alpha 0.05 (two-sided), paired by task.

    `within_a` and `within_b` are variances between seeds of one task; `task_sd` is the spread of the true difference over tasks
    (0 for the question of these very tasks).
    """
    return 2.80 * math.sqrt((task_sd**2 + (within_a + within_b) / seeds) / tasks)
