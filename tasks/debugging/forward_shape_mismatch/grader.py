"""Compares the submitted network with the one that its file describes, number by number, on weights and images drawn here."""

import math
from typing import Any

import numpy as np
import reference
import torch
from torch import Tensor

from mldevbench.grading import Grading, Probe, SubmissionError, expect_array

TOLERANCE = 1e-3
SIZE = 224
BATCHES = (1, 3)


def grade(g: Grading) -> None:
    with g.guard("classifier_model.py runs"), g.probe() as probe:
        grid = check_parameters(g, probe)
        if grid is None:
            return
        weights = {name: draw(g, name, shape) for name, shape in reference.shapes(grid).items()}
        probe.call("load", weights=weights)
        tensors = {name: torch.from_numpy(value) for name, value in weights.items()}
        shrink = check_scores(g, probe, tensors)
        with g.guard("gradients"):
            check_gradients(g, probe, tensors, shrink)


def check_parameters(g: Grading, probe: Probe) -> int | None:
    """How many places on a side the map has that reaches `fc`; None when the parameters are not those of the network."""
    found = fields(probe.call("describe"))
    parameters, state = fields(found.get("parameters")), fields(found.get("state"))
    grid = grid_of(parameters.get("fc.weight"))
    expected = {name: list(shape) for name, shape in reference.shapes(grid or reference.POOLED).items()}
    odd = sorted(n for n in {*parameters, *state, *expected} if not parameters.get(n) == state.get(n) == expected.get(n))
    if not g.check("parameters have the names and shapes asked for", not odd, ", ".join(map(str, odd[:5]))):
        return None
    smallest = int(g.values["smallest_grid"])
    fits = grid is not None and smallest <= grid <= reference.POOLED
    g.check("fc takes the pooled map", fits, f"a grid of {grid} x {grid}, at least {smallest} is asked for")
    return grid if fits else None


def grid_of(shape: Any) -> int | None:
    """The side of the map that a weight of this shape takes, if there is one."""
    if not isinstance(shape, list) or len(shape) != 2 or not all(isinstance(n, int) and 0 < n < 2**31 for n in shape):
        return None
    side = math.isqrt(shape[1] // reference.CHANNELS)
    return side if side * side * reference.CHANNELS == shape[1] else None


def check_scores(g: Grading, probe: Probe, weights: dict[str, Tensor]) -> str:
    """Runs batches of several sizes, and again two of the images in another order. Returns which kind of pooling fits better."""
    images = g.rng.standard_normal((sum(BATCHES), 3, SIZE, SIZE), np.float32)
    with torch.no_grad():
        expected = {kind: value.numpy() for kind, value in reference.scores(weights, images).items()}
    errors = dict.fromkeys(expected, 0.0)
    for part in (*np.split(np.arange(len(images)), np.cumsum(BATCHES)[:-1]), g.rng.permutation(len(images))[:2]):
        scores = expect_array(probe.call("scores", images=images[part]), (len(part), reference.CLASSES))
        for kind, values in expected.items():
            errors[kind] = max(errors[kind], difference(scores, values[part], np.ones_like(scores)))
    best = min(errors, key=lambda kind: errors[kind])
    g.check("scores agree", errors[best] <= TOLERANCE, f"largest difference {errors[best]:.2g}")
    return best


def check_gradients(g: Grading, probe: Probe, weights: dict[str, Tensor], shrink: str) -> None:
    images = g.rng.standard_normal((2, 3, SIZE, SIZE), np.float32)
    factor = g.rng.standard_normal((2, reference.CLASSES), np.float32)
    found = fields(probe.call("gradients", images=images, factor=factor, names=list(reference.CONVOLUTIONS)))
    for name, expected in reference.gradients(weights, images, factor, shrink).items():
        with g.guard(f"gradient of {name}"):
            array = expect_array(found.get(name), expected.shape)
            error = difference(array, expected, np.abs(expected).max())
            g.check(f"gradient of {name}", error <= TOLERANCE, f"largest difference {error:.2g}")


def difference(found: np.ndarray, expected: np.ndarray, scale: Any) -> float:
    return float((np.abs(found.astype(np.float64) - expected) / (scale + np.abs(expected))).max())


def draw(g: Grading, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Weights of a size at which features and scores are of the order of 1."""
    spread = 0.2 if name.endswith("bias") else (2 / math.prod(shape[1:])) ** 0.5
    return g.rng.standard_normal(shape, np.float32) * np.float32(spread)


def fields(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise SubmissionError("the probe gave no record")
    return answer
