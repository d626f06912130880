"""Compares the transforms with their definition, trains with them, and recomputes what training reports."""

from typing import Any

import network
import numpy as np
import torch

from mldevbench.grading import Grading, Probe, SubmissionError, expect_array

TOLERANCE = 1e-4
SIDE, PADDING, IMAGES = 28, 2, 40
TRAINING, VALIDATION = 0, 1


def grade(g: Grading) -> None:
    with g.guard("digits/transforms.py runs"), g.probe() as probe:
        with g.guard("validation transform"):
            check_validation(g, probe)
        with g.guard("training transform"):
            check_training(g, probe)
    if all(check.passed for check in g.checks):
        with g.guard("training runs"), g.probe() as probe:
            check_run(g, probe)


def draw(g: Grading) -> np.ndarray:
    """Images (IMAGES, SIDE, SIDE) of which no crop is like another."""
    return g.rng.integers(0, 256, (IMAGES, SIDE, SIDE), np.uint8)


def check_validation(g: Grading, probe: Probe) -> None:
    images = draw(g)
    found = expect_planes(probe.call("transform", images=images, part=VALIDATION))
    error = float(np.abs(found - network.planes(images)).max())
    g.check("validation transform", error <= TOLERANCE, f"largest difference {error:.2g}")


def check_training(g: Grading, probe: Probe) -> None:
    images = draw(g)
    found = expect_planes(probe.call("transform", images=images, part=TRAINING))
    padded = network.planes(np.pad(images, ((0, 0), (PADDING, PADDING), (PADDING, PADDING))))
    crops = [padded[..., y : y + SIDE, x : x + SIDE] for y in range(2 * PADDING + 1) for x in range(2 * PADDING + 1)]
    errors = np.stack([np.abs(found - crop).max((1, 2, 3)) for crop in crops])
    worst = float(errors.min(axis=0).max())
    g.check("training transform", worst <= TOLERANCE, f"largest difference from the nearest crop {worst:.2g}")
    g.check("crops vary in training", len(set(errors.argmin(axis=0))) >= 5)


def check_run(g: Grading, probe: Probe) -> None:
    epochs, batches, seed = int(g.values["epochs"]), int(g.values["batches"]), int(g.rng.integers(2**31))
    run = probe.call("train", epochs=epochs, batches=batches, seed=seed, timeout_s=240)
    if not isinstance(run, dict):
        raise SubmissionError("the probe gave no record")
    losses, accuracies = (expect_array(run.get(name), (epochs,)) for name in ("losses", "accuracies"))
    expect_array(run.get("scores"), (3, 10))
    g.check("training runs", bool((losses > 0).all()))
    start = network.initial_state(seed)
    state = {name: value.clone() for name, value in start.items()}
    floats = [value for value in state.values() if value.is_floating_point()]
    weights = torch.from_numpy(expect_array(run.get("weights"), (sum(value.numel() for value in floats),)))
    for value, part in zip(floats, weights.split([value.numel() for value in floats]), strict=True):
        value.copy_(part.reshape(value.shape))
    counts = expect_array(run.get("steps"), (len(state) - len(floats),), "i")
    g.check("as many steps as asked for", bool((counts == epochs * batches).all()), f"{counts[:3]}, not {epochs * batches}")
    still = [name for name, value in start.items() if name.endswith("weight") and torch.equal(value, state[name])]
    g.check("the weights move", not still, ", ".join(still[:5]))
    actual, reported = network.accuracy(state, g.asset("mnist")), float(accuracies[-1])
    apart = abs(actual - reported)
    g.check(
        "the reported accuracy is right", apart <= float(g.values["tolerance"]), f"{reported:.4f} reported, {actual:.4f} found"
    )
    g.metric("val_accuracy", actual, "fraction")


def expect_planes(found: Any) -> np.ndarray:
    array = expect_array(found, (IMAGES, 3, SIDE, SIDE))
    if array.dtype != np.float32:
        raise SubmissionError(f"float32 is expected, not {array.dtype}")
    return array
