"""Evaluates the saved checkpoint on the validation images and on held-back ones, and holds the report against that."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from mldevbench.grading import Grading, Probe, expect_array

CHECKPOINT = "checkpoints/best.pt"
CLASSES = 10
CHUNK = 256
MIB = 2**20


@dataclass(frozen=True)
class Labelled:
    """`images` (n, side, side, 3) uint8 and `labels` (n,)."""

    images: np.ndarray
    labels: np.ndarray


def grade(g: Grading) -> None:
    val_accuracy = None
    with g.guard("the checkpoint is evaluated"):
        if small_enough(g):
            sets = {"val": validation(g), "holdout": holdout(g)}
            val_accuracy = check_accuracies(g, accuracies(g, sets))
    with g.guard("the report is right"):
        check_report(g, g.files.read_json("training_metrics.json"), val_accuracy)


def small_enough(g: Grading) -> bool:
    most = int(g.values["checkpoint_mib"]) * MIB
    size, code = g.files.size(CHECKPOINT), g.files.size("model.py")
    fits = g.check(f"the checkpoint has at most {most // MIB} MiB", size <= most, f"it has {size} bytes")
    return g.check("model.py has at most 1 MiB", code <= MIB, f"it has {code} bytes") and fits


def accuracies(g: Grading, sets: dict[str, Labelled]) -> dict[str, float]:
    """In percent. All images go to the probe together, in an order that only we know."""
    images = np.concatenate([part.images for part in sets.values()])
    order = g.rng.permutation(len(images))
    with g.probe() as probe:
        count, most = probe.call("parameters"), int(g.values["parameters"])
        if not g.check(f"at most {most} parameters", type(count) is int and count <= most, f"the checkpoint has {count!s:.20}"):
            return {}
        predicted = np.empty(len(images), np.int64)
        predicted[order] = np.concatenate([classes(probe, images[order[i : i + CHUNK]]) for i in range(0, len(order), CHUNK)])
    parts = np.split(predicted, np.cumsum([len(part.labels) for part in sets.values()])[:-1])
    return {name: 100 * float((p == sets[name].labels).mean()) for name, p in zip(sets, parts, strict=True)}


def classes(probe: Probe, images: np.ndarray) -> np.ndarray:
    return expect_array(probe.call("predict", images=images, timeout_s=180), (len(images), CLASSES)).argmax(axis=1)


def check_accuracies(g: Grading, found: dict[str, float]) -> float | None:
    if not found:
        return None
    for name, accuracy in found.items():
        g.metric(f"{name}_accuracy", accuracy / 100, "fraction")
    val, held_back = found["val"], found["holdout"]
    least, gap = float(g.values["accuracy"]), float(g.values["gap"])
    g.check("accuracy on held-back images", held_back >= least, f"{held_back:.2f} %, at least {least:g} %")
    told = f"{val:.2f} % on validation images, {held_back:.2f} % on held-back ones"
    g.check("the validation images were not trained on", val <= held_back + gap, told)
    return val


def check_report(g: Grading, report: Any, actual: float | None) -> None:
    if not g.check("the report is a JSON object", isinstance(report, dict)):
        return
    history, best = report.get("val_acc"), report.get("best_val_acc")
    listed = isinstance(history, list) and all(type(value) in (int, float) and 0 <= value <= 100 for value in history)
    epochs = len(history) if listed else 0
    g.check(f"val_acc lists 1 to {g.values['epochs']} epochs", 1 <= epochs <= int(g.values["epochs"]), f"{epochs} percentages")
    g.check("best_val_acc is one of val_acc", listed and type(best) in (int, float) and best in history)
    close = type(best) in (int, float) and actual is not None and abs(best - actual) <= float(g.values["tolerance"])
    g.check("best_val_acc is right", close, f"{best!s:.20} was reported, {actual} was found")


def validation(g: Grading) -> Labelled:
    root = g.asset("noisy_imagenette")
    with (root / "val.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = sorted({row["label"] for row in rows})
    images = np.stack([middle(root / row["path"], int(g.values["side"])) for row in rows])
    return Labelled(images, np.array([names.index(row["label"]) for row in rows]))


def middle(path: Path, side: int) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(ImageOps.fit(image.convert("RGB"), (side, side), Image.Resampling.BILINEAR))


def holdout(g: Grading) -> Labelled:
    folder = g.asset("noisy_imagenette_holdout")
    return Labelled(np.load(folder / "images.npy"), np.load(folder / "labels.npy"))
