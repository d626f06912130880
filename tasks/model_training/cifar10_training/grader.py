"""Evaluates saved checkpoints on the test images and the last one on held-back images, and holds the report against that."""

import pickle
from dataclasses import dataclass
from typing import Any

import numpy as np

from mldevbench.grading import Grading, Probe, SubmissionError, expect_array

CLASSES, SHAPE = 10, (3, 32, 32)
LEAST_EPOCHS, DRAWN = 2, 2
"""Of the epochs before the last, DRAWN are evaluated, chosen at random."""
CHUNK = 500
MIB = 2**20


@dataclass(frozen=True)
class Labelled:
    """`images` (n, 32, 32, 3) uint8 and `labels` (n,)."""

    images: np.ndarray
    labels: np.ndarray


def grade(g: Grading) -> None:
    history: list[Any] = []
    with g.guard("the report can be read"):
        history = check_report(g, g.files.read_json("training_metrics.json"))
    if history:
        with g.guard("the checkpoints can be evaluated"):
            if check_files(g, len(history)):
                check_checkpoints(g, history)


def check_report(g: Grading, report: Any) -> list[Any]:
    """The accuracies that are reported, in percent; empty when they are not as they must be."""
    history = report.get("val_acc") if isinstance(report, dict) else None
    history = history if isinstance(history, list) else []
    listed = bool(history) and all(type(value) in (int, float) and 0 <= value <= 100 for value in history)
    if not g.check("val_acc is a list of percentages", listed):
        return []
    most, epochs = int(g.values["epochs"]), len(history)
    fits = g.check(f"val_acc lists {LEAST_EPOCHS} to {most} epochs", LEAST_EPOCHS <= epochs <= most, f"{epochs} percentages")
    return history if fits else []


def path_of(epoch: int) -> str:
    return f"checkpoints/epoch_{epoch:02}.pt"


def check_files(g: Grading, epochs: int) -> bool:
    """Whether there is a checkpoint of each epoch, and they may be loaded."""
    wanted = [path_of(epoch) for epoch in range(1, epochs + 1)]
    odd = sorted(set(wanted) ^ set(g.files.list("checkpoints/*.pt")))
    complete = g.check("there is one checkpoint for each epoch", not odd, f"missing or in excess: {', '.join(odd[:5])}")
    code = g.files.size("model.py")
    fits = g.check("model.py has at most 1 MiB", code <= MIB, f"it has {code} bytes")
    if not (complete and fits):
        return False
    most = int(g.values["checkpoint_mib"])
    large = [path for path in wanted if g.files.size(path) > most * MIB]
    return g.check(f"checkpoints have at most {most} MiB", not large, ", ".join(large[:5]))


def check_checkpoints(g: Grading, history: list[Any]) -> None:
    last = len(history)
    validation, held_back = test_images(g), holdout(g)
    drawn = g.rng.choice(np.arange(1, last), min(DRAWN, last - 1), replace=False)
    with g.probe() as probe:
        for epoch in sorted(int(number) for number in drawn):
            with g.guard(f"epoch {epoch}"):
                check_reported(g, history, epoch, 100 * float(correct(g, probe, epoch, validation).mean()))
        found = correct(g, probe, last, joined(validation, held_back))
    parts = np.split(found, [len(validation.labels)])
    check_last(g, history, *(100 * float(part.mean()) for part in parts))


def correct(g: Grading, probe: Probe, epoch: int, data: Labelled) -> np.ndarray:
    """Which images the checkpoint gets right. They go to the probe in an order that only we know."""
    path, most = path_of(epoch), int(g.values["parameters"])
    count = probe.call("parameters", path=path)
    if not g.check(f"{path} has at most {most} parameters", type(count) is int and count <= most, f"it has {count!s:.20}"):
        raise SubmissionError(f"{path} is not evaluated")
    order = g.rng.permutation(len(data.labels))
    found = np.empty(len(order), bool)
    for chosen in np.split(order, range(CHUNK, len(order), CHUNK)):
        answer = probe.call("predict", path=path, images=data.images[chosen], timeout_s=180)
        found[chosen] = expect_array(answer, (len(chosen), CLASSES)).argmax(axis=1) == data.labels[chosen]
    return found


def check_last(g: Grading, history: list[Any], val: float, held_back: float) -> None:
    g.metric("val_accuracy", val / 100, "fraction")
    g.metric("holdout_accuracy", held_back / 100, "fraction")
    least, gap = float(g.values["accuracy"]), float(g.values["gap"])
    g.check("accuracy on held-back images", held_back >= least, f"{held_back:.2f} %, at least {least:g} %")
    told = f"{val:.2f} % on test images, {held_back:.2f} % on held-back ones"
    g.check("the test images were not trained on", val <= held_back + gap, told)
    check_reported(g, history, len(history), val)


def check_reported(g: Grading, history: list[Any], epoch: int, accuracy: float) -> None:
    told = history[epoch - 1]
    close = abs(told - accuracy) <= float(g.values["tolerance"])
    g.check(f"val_acc of epoch {epoch}", close, f"{told!s:.20} was reported, {accuracy:.2f} was found")


def test_images(g: Grading) -> Labelled:
    batch = pickle.loads((g.asset("cifar10") / "cifar-10-batches-py" / "test_batch").read_bytes(), encoding="bytes")
    return Labelled(batch[b"data"].reshape(-1, *SHAPE).transpose(0, 2, 3, 1), np.array(batch[b"labels"]))


def holdout(g: Grading) -> Labelled:
    folder = g.asset("cifar10_holdout")
    return Labelled(np.load(folder / "images.npy"), np.load(folder / "labels.npy"))


def joined(*parts: Labelled) -> Labelled:
    return Labelled(np.concatenate([part.images for part in parts]), np.concatenate([part.labels for part in parts]))
