"""Finds the most confident errors itself, and compares them with what the service took in and with the two files."""

import base64
import math
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mldevbench.grading import Grading

PROJECT = re.compile(r"mnist_annotation_(\d{10})")
DATASET = "high_confidence_errors"
LISTS = ("image_ids", "confidence_scores", "predicted_labels", "true_labels")
DAY_S = 86_400


@dataclass(frozen=True)
class Errors:
    """All images of zeros and ones that the classifier gets wrong, by their places in the training split."""

    images: np.ndarray
    labels: np.ndarray
    confidences: dict[int, float]


def grade(g: Grading) -> None:
    errors, count = find_errors(g), int(g.values["images"])
    told: dict[str, Any] = {}
    with g.guard("annotation_run.json"):
        told = as_object(g.files.read_json("annotation_run.json"))
    kept = g.service("labelling")
    project = as_object(kept["projects"].get(as_text(told.get("project_id"))))
    task = as_object(kept["tasks"].get(as_text(told.get("task_id"))))
    rows = check_service(g, kept, project, task)
    g.check("the task belongs to the project", project != {} and task.get("project_id") == told.get("project_id"))
    lists = {name: as_list(told.get(name)) for name in LISTS}
    g.check(f"the four lists have {count} entries", all(len(entries) == count for entries in lists.values()))
    places = [place_of(rows.get(as_text(id)), errors.labels) for id in lists["image_ids"]]
    check_choice(g, errors, rows, [place for place in places if place is not None])
    check_lists(g, errors, places, lists)
    with g.guard("annotation_metrics.json"):
        check_metrics(g, errors, as_object(g.files.read_json("annotation_metrics.json")), str(task.get("told")))


def find_errors(g: Grading) -> Errors:
    raw = g.asset("mnist") / "MNIST" / "raw"
    images = np.frombuffer((raw / "train-images-idx3-ubyte").read_bytes()[16:], np.uint8).reshape(-1, 28, 28)
    labels = np.frombuffer((raw / "train-labels-idx1-ubyte").read_bytes()[8:], np.uint8)
    weights = np.load(g.asset("digit_classifier") / "classifier.npz")
    places = np.flatnonzero(labels <= 1)
    pooled = (images[places, :12] / 255).reshape(-1, 3, 4, 7, 4).mean(axis=(2, 4)).reshape(-1, 21)
    scores = pooled @ weights["weight"].T.astype(float) + weights["bias"]
    confidences = 1 / (1 + np.exp(-np.abs(scores[:, 1] - scores[:, 0])))
    wrong = scores.argmax(axis=1) != labels[places]
    return Errors(images, labels, {int(p): float(c) for p, c in zip(places[wrong], confidences[wrong], strict=True)})


def check_service(g: Grading, kept: dict[str, Any], project: dict[str, Any], task: dict[str, Any]) -> dict[str, Any]:
    """Looks at the named project and task; returns the rows of the dataset by their identifiers."""
    name = PROJECT.fullmatch(project.get("name", ""))
    recent = name is not None and abs(int(name[1]) - time.time()) < DAY_S
    g.check("the project's name is mnist_annotation_ and the time", recent, project.get("name", "there is no such project"))
    attached = [kept["datasets"][id] for id in project.get("dataset_ids", [])]
    one = g.check("one dataset is attached to the project", len(attached) == 1, f"{len(attached)} are")
    dataset = attached[0] if one else {"name": "", "rows": []}
    g.check(f"the dataset is called {DATASET}", dataset["name"] == DATASET, dataset["name"])
    rows = {row["id"]: row for row in dataset["rows"]}
    count = int(g.values["images"])
    g.check(f"the dataset has {count} rows", len(rows) == count, f"it has {len(rows)}")
    g.check("the task was made for all rows", len(rows) > 0 and set(task.get("row_ids", [])) == set(rows))
    g.check("the task was seen to be complete", task.get("told") == "complete", task.get("told", "there is no such task"))
    return rows


def place_of(row: dict[str, Any] | None, labels: np.ndarray) -> int | None:
    """Of the image that a row's key names."""
    key = re.fullmatch(r"train-(0|[1-9]\d{0,8})", row["key"]) if row else None
    return int(key[1]) if key and int(key[1]) < len(labels) else None


def check_choice(g: Grading, errors: Errors, rows: dict[str, Any], places: list[int]) -> None:
    count = int(g.values["images"])
    least = sorted(errors.confidences.values(), reverse=True)[count - 1] - float(g.values["tolerance"])
    g.check("the keys of the rows that are listed name different images", len(set(places)) == len(places) == count, places)
    right = [place for place in set(places) if errors.confidences.get(place, 0.0) >= least]
    g.check("the images are the most confident errors", len(right) == count, f"{len(right)} of {count} are")
    pixels = {row["key"]: base64.b64decode(row["image"]) for row in rows.values()}
    sent = sum(pixels.get(f"train-{place}") == errors.images[place].tobytes() for place in right)
    g.check("the pixels are those of the images", sent == count, f"{sent} of {count} images")


def check_lists(g: Grading, errors: Errors, places: list[int | None], lists: dict[str, list[Any]]) -> None:
    """An entry for an image that is no error counts as wrong in each list."""
    tolerance = float(g.values["tolerance"])
    expected = [errors.confidences.get(-1 if place is None else place, math.nan) for place in places]
    falling = all(a >= b - tolerance for a, b in zip(expected, expected[1:], strict=False))
    g.check("the images are listed by falling confidence", len(expected) > 1 and falling)
    close = [near(a, b, tolerance) for a, b in zip(lists["confidence_scores"], expected, strict=False)]
    g.check("the confidences are right", sum(close) == int(g.values["images"]), lists["confidence_scores"][:10])
    truth = [None if place is None else int(errors.labels[place]) for place in places]
    g.check("the true labels are right", same(lists["true_labels"], truth), lists["true_labels"][:10])
    opposite = [None if label is None else 1 - label for label in truth]
    g.check("the predicted labels are right", same(lists["predicted_labels"], opposite), lists["predicted_labels"][:10])


def check_metrics(g: Grading, errors: Errors, metrics: dict[str, Any], told: str) -> None:
    count = int(g.values["images"])
    mean = float(np.mean(sorted(errors.confidences.values(), reverse=True)[:count]))
    uploaded, average, status = (metrics.get(name) for name in ("num_images_uploaded", "avg_confidence", "task_status"))
    g.check("num_images_uploaded is right", same([uploaded], [count]), f"{uploaded!s:.40}")
    g.check("avg_confidence is right", near(average, mean, float(g.values["tolerance"])), f"{average!s:.40}, not {mean:.5f}")
    g.check("task_status is what the service told", status == told == "complete", f"{status!s:.40}")


def near(found: Any, expected: float, tolerance: float) -> bool:
    return type(found) in (int, float) and abs(found - expected) <= tolerance


def same(found: list[Any], expected: Sequence[int | None]) -> bool:
    return len(found) > 0 and all(type(value) is int for value in found) and found == expected


def as_object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else ""
