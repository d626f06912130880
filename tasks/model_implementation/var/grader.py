"""Compares the submitted methods with the reference, on weights, labels, tokens and seeds that are drawn here."""

from comparison import Comparison
from reference import Geometry

from mldevbench.grading import Grading


def grade(g: Grading) -> None:
    sizes = tuple(int(side) for side in str(g.values["sizes"]).split(","))
    vocabulary, width, depth = (int(g.values[name]) for name in ("vocabulary", "width", "depth"))
    given = Geometry(sizes, vocabulary, 8, 10, width, depth, 4, 0.5)
    with g.guard("var.py runs"), g.probe() as probe:
        Comparison(g, probe, "given geometry", given).check()
        if all(check.passed for check in g.checks):
            Comparison(g, probe, "other geometry", other_geometry(g)).check()


def other_geometry(g: Grading) -> Geometry:
    sizes = [(1, 2, 3), (1, 3, 4), (1, 2, 3, 4)][g.rng.integers(3)]
    heads, depth, vocabulary, channels, classes = (int(n) for n in g.rng.integers([2, 1, 20, 5, 4], [6, 4, 40, 12, 9]))
    return Geometry(sizes, vocabulary, channels, classes, heads * 10, depth, heads, float(g.rng.uniform(0.3, 0.4)))
