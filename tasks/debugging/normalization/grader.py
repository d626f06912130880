"""Compares both transforms with what they must be, trains with them, and measures the trained network."""

from pathlib import Path

import network
import numpy as np
import torch
from torch import Tensor
from torchvision.datasets import MNIST

from mldevbench.grading import Grading, Probe, SubmissionError, expect_array

TOLERANCE = 1e-4
IMAGES = 40
PARTS = ("training transform", "validation transform")


def grade(g: Grading) -> None:
    with g.guard("digits/transforms.py runs"), g.probe() as probe:
        for part, name in enumerate(PARTS):
            with g.guard(name):
                check_transform(g, probe, part, name)
    if all(check.passed for check in g.checks):
        with g.guard("training runs"), g.probe() as probe:
            check_run(g, probe)


def check_transform(g: Grading, probe: Probe, part: int, name: str) -> None:
    images = g.rng.integers(0, 256, (IMAGES, 28, 28), np.uint8)
    images[IMAGES // 2 :] //= g.rng.integers(2, 20, (IMAGES - IMAGES // 2, 1, 1), np.uint8)  # darker ones
    found = expect_array(probe.call("transform", images=images, part=part), (IMAGES, 3, 28, 28))
    error = float(np.abs(found - network.planes(images)).max())
    g.check(name, error <= TOLERANCE and found.dtype == np.float32, f"{found.dtype}, largest difference {error:.2g}")


def check_run(g: Grading, probe: Probe) -> None:
    epochs, batches, seed = int(g.values["epochs"]), int(g.values["batches"]), int(g.rng.integers(2**31))
    run = probe.call("train", epochs=epochs, batches=batches, seed=seed, timeout_s=240)
    if not isinstance(run, dict):
        raise SubmissionError("the probe gave no record")
    trained = network.build(seed)
    still = fill(trained.state_dict(), expect_array(run.get("weights"), (None,)))
    counts = expect_array(run.get("steps"), (len(network.WIDTHS),), "i")
    g.check("as many steps as asked for", bool((counts == epochs * batches).all()), f"{counts}, not {epochs * batches}")
    g.check("the weights move", not still, ", ".join(still))
    check_accuracy(g, trained, float(expect_array(run.get("accuracies"), (epochs,))[-1]))


def fill(state: dict[str, Tensor], weights: np.ndarray) -> list[str]:
    """Writes the trained weights into `state`; returns the names of those that are what they were."""
    floats = {name: value for name, value in state.items() if value.is_floating_point()}
    sizes = [value.numel() for value in floats.values()]
    weights = expect_array(weights, (sum(sizes),))
    still = []
    for (name, value), part in zip(floats.items(), torch.from_numpy(weights).split(sizes), strict=True):
        if torch.equal(value.flatten(), part):
            still.append(name)
        value.copy_(part.reshape(value.shape))
    return still


def check_accuracy(g: Grading, trained: torch.nn.Module, reported: float) -> None:
    holdout: Path = g.asset("mnist_holdout")
    found = network.accuracy(trained, np.load(holdout / "images.npy"), np.load(holdout / "labels.npy"))
    asked = float(g.values["accuracy"])
    g.check("held-back digits are classified rightly", found >= asked, f"{found:.4f}, at least {asked} is asked for")
    test = MNIST(str(g.asset("mnist")), train=False)
    actual = network.accuracy(trained, test.data.numpy(), test.targets.numpy())
    near = abs(actual - reported) <= float(g.values["tolerance"])
    g.check("the reported accuracy is right", near, f"{reported:.4f} reported, {actual:.4f} found")
    g.metric("holdout_accuracy", found, "fraction")
