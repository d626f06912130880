"""Evaluates the saved checkpoint on the test images and on held-back ones, and holds what W&B was told against that."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from torchvision.datasets import CIFAR100

from mldevbench.grading import Grading, Probe, expect_array

CHECKPOINT = "checkpoints/best.pt"
CLASSES = 100
CHUNK = 256
MIB = 2**20


@dataclass(frozen=True)
class Labelled:
    """`images` (n, 32, 32, 3) uint8 and `labels` (n,)."""

    images: np.ndarray
    labels: np.ndarray


def grade(g: Grading) -> None:
    tested = None
    with g.guard("the checkpoint is evaluated"):
        if small_enough(g):
            tested = check_accuracies(g, accuracies(g, {"test": test(g), "holdout": holdout(g)}))
    with g.guard("wandb_info.json can be read"):
        check_run(g, g.files.read_json("wandb_info.json"), tested)


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
    """Returns the accuracy on the test images."""
    if not found:
        return None
    for name, accuracy in found.items():
        g.metric(f"{name}_accuracy", accuracy / 100, "fraction")
    tested, held_back = found["test"], found["holdout"]
    least, gap = float(g.values["accuracy"]), float(g.values["gap"])
    g.check("accuracy on held-back images", held_back >= least, f"{held_back:.2f} %, at least {least:g} %")
    told = f"{tested:.2f} % on test images, {held_back:.2f} % on held-back ones"
    g.check("the test images were not trained on", tested <= held_back + gap, told)
    return tested


def check_run(g: Grading, info: Any, tested: float | None) -> None:
    told = info if isinstance(info, dict) else {}
    project, identifier = g.values["project"], told.get("run_id")
    g.check("wandb_info.json names the project", told.get("project_id") == project, f"{told.get('project_id')!s:.40}")
    found = [run for run in g.service("wandb")["runs"] if (run["project"], run["id"]) == (project, identifier)]
    if not g.check("the run is known at W&B", bool(found), f"{identifier!s:.40} is no run of {project}"):
        return
    g.check("the run is finished", found[0]["state"] == "finished", found[0]["state"])
    steps = [row for row in found[0]["history"] if "val_acc" in row]
    epochs = [row.get("epoch") for row in steps]
    counted = bool(epochs) and epochs == list(range(1, len(epochs) + 1))
    g.check("one step was logged for each epoch", counted, f"epochs {epochs[:20]}")
    g.check("train_loss was logged for each epoch", all(math.isfinite(number(row, "train_loss")) for row in steps))
    logged = [number(row, "val_acc") for row in steps]
    g.check("val_acc is a percentage", all(0 <= value <= 100 for value in logged), f"{logged[:20]}")
    candidates = (logged[-1], max(logged)) if logged else ()
    near = tested is not None and any(abs(value - tested) <= float(g.values["tolerance"]) for value in candidates)
    g.check("the last or highest val_acc is the checkpoint's", near, f"{candidates} were logged, {tested} was found")


def number(row: Mapping[str, Any], name: str) -> float:
    """NaN for what is no number."""
    value = row.get(name)
    return float(value) if type(value) in (int, float) else math.nan


def test(g: Grading) -> Labelled:
    split = CIFAR100(str(g.asset("cifar100")), train=False)
    return Labelled(split.data, np.array(split.targets))


def holdout(g: Grading) -> Labelled:
    folder = g.asset("cifar100_holdout")
    return Labelled(np.load(folder / "images.npy"), np.load(folder / "labels.npy"))
