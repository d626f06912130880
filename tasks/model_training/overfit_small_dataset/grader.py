"""Recounts the chosen images, and recomputes the saved model's accuracies on them and on held-back digits."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mldevbench.grading import Grading, expect_array

DIGITS = (0, 1, 2)
SPLITS = {"train": "train", "test": "t10k"}
MIN_TEST = 50
MIB = 2**20


@dataclass(frozen=True)
class Digits:
    """`images` (n, 28, 28) and `labels` (n,), both uint8."""

    images: np.ndarray
    labels: np.ndarray


def grade(g: Grading) -> None:
    with g.guard("train.py is there"):
        g.check("train.py is there", g.files.size("train.py") > 0)
    chosen: dict[str, Digits] = {}
    with g.guard("images are chosen"):
        indices = g.files.read_json("training/indices.json")
        for split in SPLITS:
            found = select(g, split, indices)
            if found is not None:
                chosen[split] = found
    accuracies: Mapping[str, float] = {}
    if len(chosen) == len(SPLITS):
        with g.guard("the saved model predicts"):
            accuracies = score(g, chosen | {"holdout": holdout(g)})
    with g.guard("the report is right"):
        check_report(g, g.files.read_json("training/training_results.json"), chosen, accuracies)


def select(g: Grading, split: str, indices: Any) -> Digits | None:
    """The images of one split that the submission names, if they are an admissible choice."""
    whole = idx_split(g.asset("mnist"), SPLITS[split])
    listed = indices.get(split) if isinstance(indices, dict) else None
    valid = isinstance(listed, list) and all(type(i) is int and 0 <= i < len(whole.labels) for i in listed)
    unique = valid and len(set(listed)) == len(listed)
    if not g.check(f"{split}: the indices are positions, each once", unique):
        return None
    positions = np.array(listed, np.int64)
    labels = whole.labels[positions]
    counts = [int((labels == digit).sum()) for digit in DIGITS]
    told = f"{counts} of the digits {list(DIGITS)}, {len(labels) - sum(counts)} of others"
    minimum = int(g.values["per_digit"]) if split == "train" else MIN_TEST
    mean = sum(counts) / len(DIGITS)
    right = g.check(f"{split}: only the digits 0, 1 and 2", sum(counts) == len(labels), told)
    enough = g.check(f"{split}: at least {minimum} of each digit", min(counts) >= minimum, told)
    apart = max(abs(count - mean) for count in counts)
    balanced = g.check(f"{split}: the digits are balanced", apart <= float(g.values["balance"]) * mean, told)
    return Digits(whole.images[positions], labels) if right and enough and balanced else None


def score(g: Grading, sets: Mapping[str, Digits]) -> dict[str, float]:
    """The saved model's accuracy on each set. All images go to the probe together, in an order that only we know."""
    images = np.concatenate([part.images for part in sets.values()])
    order = g.rng.permutation(len(images))
    size, most = g.files.size("model.pt"), int(g.values["model_mib"]) * MIB
    if not g.check(f"model.pt has at most {most // MIB} MiB", size <= most, f"it has {size} bytes"):
        return {}
    with g.probe() as probe:
        scores = expect_array(probe.call("predict", images=images[order]), (len(images), len(DIGITS)))
    predicted = np.empty(len(images), np.int64)
    predicted[order] = scores.argmax(axis=1)
    parts = np.split(predicted, np.cumsum([len(part.labels) for part in sets.values()])[:-1])
    accuracies = {name: float((p == sets[name].labels).mean()) for name, p in zip(sets, parts, strict=True)}
    for name, accuracy in accuracies.items():
        g.metric(f"{name}_accuracy", accuracy, "fraction")
    for name in ("train", "holdout"):
        least = float(g.values[f"{name}_accuracy"])
        g.check(f"{name} accuracy", accuracies[name] >= least, f"{accuracies[name]:.4f}, at least {least}")
    return accuracies


def check_report(g: Grading, report: Any, chosen: Mapping[str, Digits], accuracies: Mapping[str, float]) -> None:
    if not g.check("the report is a JSON object", isinstance(report, dict)):
        return
    for split in SPLITS:
        labels = chosen[split].labels if split in chosen else np.array([], np.uint8)
        expected = {
            f"unique_{split}_labels": list(DIGITS),
            f"num_{split}_samples": len(labels),
            f"samples_per_class_{split}": {str(digit): int((labels == digit).sum()) for digit in DIGITS},
        }
        wrong = [key for key, value in expected.items() if report.get(key) != value]
        g.check(f"{split}: the reported counts are right", not wrong, ", ".join(wrong))
        told, actual = report.get(f"{split}_accuracy"), accuracies.get(split)
        fraction = type(told) in (int, float) and 0 <= told <= 1
        close = fraction and actual is not None and abs(told - actual) <= float(g.values["tolerance"])
        g.check(f"{split}: the reported accuracy is right", close, f"{told!s:.20} was reported, {actual} was found")


def idx_split(mnist: Path, name: str) -> Digits:
    raw = mnist / "MNIST" / "raw"
    images = np.frombuffer((raw / f"{name}-images-idx3-ubyte").read_bytes()[16:], np.uint8).reshape(-1, 28, 28)
    return Digits(images, np.frombuffer((raw / f"{name}-labels-idx1-ubyte").read_bytes()[8:], np.uint8))


def holdout(g: Grading) -> Digits:
    folder = g.asset("mnist_holdout")
    images, labels = np.load(folder / "images.npy"), np.load(folder / "labels.npy")
    kept = np.isin(labels, DIGITS)
    return Digits(images[kept], labels[kept])
