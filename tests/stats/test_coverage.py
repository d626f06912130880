"""Do the intervals hold the truth as often as they say? A quick version of docs/statistics.md, by simulation."""

from __future__ import annotations

import itertools
import math

from mldevbench.stats.simulate import (
    HIGHEST,
    HOPELESS,
    LOPSIDED,
    LOWEST,
    STEEP,
    Seen,
    differences,
    elsewhere,
    errors_of_tests,
    rates,
    scores,
)

RUNS = 1000
NOISE = 2.6 * math.sqrt(0.95 * 0.05 / RUNS)
"""How far a share of that many runs strays from the one of 2,000 and more that the page shows."""


def keeps_its_word(line: Seen) -> bool:
    """A conservative method may hold the truth more often than 95 %, no method less often."""
    if line.coverage is None:
        return True
    claimed = "conservative" not in line.method
    return line.coverage >= LOWEST - NOISE and (line.coverage <= HIGHEST + NOISE or not claimed)


def test_intervals_of_rates() -> None:
    found = list(rates(RUNS))
    unclaimed = [line for line in found if line.question == "one task" or LOPSIDED in line.tasks]
    assert [line for line in found if line not in unclaimed and not keeps_its_word(line)] == []
    few = [line for line in found if line.tasks == "6 drawn"]
    assert few
    assert all(line.coverage is None for line in few)


def test_intervals_of_differences() -> None:
    assert [line for line in differences(RUNS) if not keeps_its_word(line)] == []


def test_intervals_of_scores() -> None:
    assert [line for line in itertools.islice(scores(RUNS), 3) if not keeps_its_word(line)] == []


def test_where_a_method_does_not_hold_it_is_seen() -> None:
    """Or else the simulation could not tell a good method from a bad one."""
    found = {(line.tasks, line.method, line.seeds): line.coverage for line in elsewhere(RUNS)}
    for tasks, method, seeds, most in (
        (STEEP, "closed form over seeds", 2, 0.85),
        (HOPELESS, "closed form over seeds", 2, 0.75),
        ("30 drawn", "all trials as if independent", 20, 0.6),
    ):
        seen = found[tasks, method, seeds]
        assert seen is not None
        assert seen < most, (tasks, method, seeds)


def test_tests_err_as_seldom_as_they_say() -> None:
    runs = 400
    found = list(errors_of_tests(runs))
    for line in found:
        assert line.alpha <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs), line
    power = {line.seeds: line.power for line in found if line.question == "fixed"}
    assert power[20] > 0.9
    assert power[1] < 0.2
