"""Evaluates the saved checkpoint on images that were held back, as many of each class."""

import numpy as np

from mldevbench.grading import Grading, Probe, expect_array

CHECKPOINT = "checkpoints/best.pt"
CLASSES = 10
BATCH, BATCH_AGAIN = 250, 7
AGAIN = 63
TOLERANCE = 0.01
MIB = 2**20


def grade(g: Grading) -> None:
    with g.guard("the checkpoint is evaluated"):
        if small_enough(g):
            evaluate(g)


def small_enough(g: Grading) -> bool:
    most = int(g.values["checkpoint_mib"]) * MIB
    size, code = g.files.size(CHECKPOINT), g.files.size("model.py")
    fits = g.check(f"the checkpoint has at most {most // MIB} MiB", size <= most, f"it has {size} bytes")
    return g.check("model.py has at most 1 MiB", code <= MIB, f"it has {code} bytes") and fits


def evaluate(g: Grading) -> None:
    images, labels = holdout(g)
    order = g.rng.permutation(len(images))
    images, labels = images[order], labels[order]
    with g.probe() as probe:
        count, most = probe.call("parameters"), int(g.values["parameters"])
        if not g.check(f"at most {most} parameters", type(count) is int and count <= most, f"the checkpoint has {count!s:.20}"):
            return
        found = scores(probe, images, BATCH)
        check_accuracy(g, found.argmax(axis=1), labels)
        chosen = g.rng.choice(len(images), AGAIN, replace=False)
        again = scores(probe, images[chosen], BATCH_AGAIN)
    error = float((np.abs(again - found[chosen]) / (1 + np.abs(found[chosen]))).max())
    g.check("scores do not depend on other images", error <= TOLERANCE, f"they change by up to {error:.2g} in other batches")


def scores(probe: Probe, images: np.ndarray, batch: int) -> np.ndarray:
    parts = [images[i : i + batch] for i in range(0, len(images), batch)]
    return np.concatenate([expect_array(probe.call("predict", images=p, timeout_s=180), (len(p), CLASSES)) for p in parts])


def check_accuracy(g: Grading, predicted: np.ndarray, labels: np.ndarray) -> None:
    recalls = [float((predicted[labels == label] == label).mean()) for label in range(CLASSES)]
    balanced, least = float(np.mean(recalls)), float(g.values["balanced_accuracy"])
    g.metric("balanced_accuracy", balanced, "fraction")
    told = f"{balanced:.4f}, at least {least:g}; by class {', '.join(f'{recall:.2f}' for recall in recalls)}"
    g.check("balanced accuracy on held-back images", balanced >= least, told)


def holdout(g: Grading) -> tuple[np.ndarray, np.ndarray]:
    folder = g.asset("cifar10_holdout")
    return np.load(folder / "images.npy"), np.load(folder / "labels.npy")
