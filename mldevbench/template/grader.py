"""Draws predictions and labels, and compares the submitted function's answers with the true ones."""

import numpy as np

from mldevbench.grading import Grading


def grade(g: Grading) -> None:
    with g.guard("metrics.py runs"), g.probe() as probe:
        for case in range(1, 6):
            labels = g.rng.integers(0, case + 1, 40)
            predicted = np.where(g.rng.random(40) < 0.6, labels, g.rng.integers(0, case + 1, 40))
            expected = np.mean([(predicted[labels == label] == label).mean() for label in np.unique(labels)])
            found = probe.call("score", predicted=predicted, labels=labels)
            close = isinstance(found, float) and abs(found - expected) <= float(g.values["tolerance"])
            g.check(f"case {case}", close, f"{found!s:.20}, not {expected:.6f}")
