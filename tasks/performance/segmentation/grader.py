"""Recomputes the saved network's mean IoU on the validation images and on held-back ones, and holds the report against that."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from mldevbench.grading import Grading, Probe, expect_array

CLASSES = 21
BORDER = 255
CHUNK = 64
MIB = 2**20
DATASET = {"year": "2012", "image_set": "val", "num_classes": CLASSES}


@dataclass(frozen=True)
class Scenes:
    """`images` (n, side, side, 3) and `masks` (n, side, side), both uint8."""

    images: np.ndarray
    masks: np.ndarray


def grade(g: Grading) -> None:
    val_iou = None
    with g.guard("the network is evaluated"):
        if small_enough(g):
            sets = {"val": validation(g), "holdout": holdout(g)}
            val_iou = check_ious(g, ious(g, sets))
    with g.guard("the report is right"):
        check_report(g, g.files.read_json("output_info.json"), val_iou)


def small_enough(g: Grading) -> bool:
    most = int(g.values["checkpoint_mib"]) * MIB
    size, code = g.files.size("model.pt"), g.files.size("model.py")
    fits = g.check(f"model.pt has at most {most // MIB} MiB", size <= most, f"it has {size} bytes")
    return g.check("model.py has at most 1 MiB", code <= MIB, f"it has {code} bytes") and fits


def ious(g: Grading, sets: dict[str, Scenes]) -> dict[str, float]:
    """The mean IoU on each set. All images go to the probe together, in an order that only we know."""
    images = np.concatenate([part.images for part in sets.values()])
    order = g.rng.permutation(len(images))
    with g.probe() as probe:
        count, most = probe.call("parameters"), int(g.values["parameters"])
        if not g.check(f"at most {most} parameters", type(count) is int and count <= most, f"model.pt has {count!s:.20}"):
            return {}
        labels = np.empty(images.shape[:3], np.uint8)
        labels[order] = np.concatenate([labelled(probe, images[order[i : i + CHUNK]]) for i in range(0, len(order), CHUNK)])
    parts = np.split(labels, np.cumsum([len(part.images) for part in sets.values()])[:-1])
    return {name: mean_iou(part, sets[name].masks) for name, part in zip(sets, parts, strict=True)}


def labelled(probe: Probe, images: np.ndarray) -> np.ndarray:
    return expect_array(probe.call("label", images=images, classes=CLASSES, timeout_s=300), images.shape[:3], "u")


def mean_iou(labels: np.ndarray, masks: np.ndarray) -> float:
    """Over all images together, and over the classes that the masks hold; borders do not count."""
    counts = masks != BORDER
    found, right = labels[counts], masks[counts]
    each = [((found == c) & (right == c)).sum() / ((found == c) | (right == c)).sum() for c in np.unique(right)]
    return float(np.mean(each))


def check_ious(g: Grading, found: dict[str, float]) -> float | None:
    if not found:
        return None
    for name, value in found.items():
        g.metric(f"{name}_mean_iou", value, "fraction")
    val, held_back = found["val"], found["holdout"]
    least, gap = float(g.values["mean_iou"]), float(g.values["gap"])
    g.check("mean IoU on held-back images", held_back >= least, f"{held_back:.4f}, at least {least}")
    told = f"{val:.4f} on validation images, {held_back:.4f} on held-back ones"
    g.check("the validation images were not trained on", val <= held_back + gap, told)
    return val


def check_report(g: Grading, report: Any, actual: float | None) -> None:
    if not g.check("the report is a JSON object", isinstance(report, dict)):
        return
    told, seconds = report.get("mean_iou"), report.get("training_time")
    g.check("dataset_info is right", report.get("dataset_info") == DATASET)
    g.check("training_time is a positive number", type(seconds) in (int, float) and seconds > 0)
    close = type(told) in (int, float) and actual is not None and abs(told - actual) <= float(g.values["tolerance"])
    g.check("mean_iou is right", close, f"{told!s:.20} was reported, {actual} was found")


def validation(g: Grading) -> Scenes:
    root, side = g.asset("voc2012") / "VOCdevkit" / "VOC2012", int(g.values["side"])
    images, masks = [], []
    for name in (root / "ImageSets" / "Segmentation" / "val.txt").read_text().split():
        with Image.open(root / "JPEGImages" / f"{name}.jpg") as image:
            images.append(np.asarray(image.convert("RGB").resize((side, side), Image.Resampling.BILINEAR)))
        with Image.open(root / "SegmentationClass" / f"{name}.png") as mask:
            masks.append(np.asarray(mask.resize((side, side), Image.Resampling.NEAREST)))
    return Scenes(np.stack(images), np.stack(masks))


def holdout(g: Grading) -> Scenes:
    folder = g.asset("voc2012_holdout")
    return Scenes(np.load(folder / "images.npy"), np.load(folder / "masks.npy"))
