"""Finds the most confident errors, has them labelled, and writes down what was sent."""

import base64
import json
import os
import time
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import numpy as np

from classifier import scores

COUNT, AT_ONCE = 5, 3


def ask(path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {os.environ['LABELLING_KEY']}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(os.environ["LABELLING_URL"] + path, data, headers)) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def read(split: str) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, 28, 28) and labels (n,), both uint8."""
    raw = Path(os.environ["ASSET_MNIST"]) / "MNIST" / "raw"
    images = np.frombuffer((raw / f"{split}-images-idx3-ubyte").read_bytes()[16:], np.uint8).reshape(-1, 28, 28)
    return images, np.frombuffer((raw / f"{split}-labels-idx1-ubyte").read_bytes()[8:], np.uint8)


def main() -> None:
    images, labels = read("train")
    places = np.flatnonzero(labels <= 1)
    chances = np.exp(scores(images[places] / 255))
    chances /= chances.sum(axis=1, keepdims=True)
    confidences, predicted = chances.max(axis=1), chances.argmax(axis=1)
    wrong = np.flatnonzero(predicted != labels[places])
    chosen = wrong[np.argsort(-confidences[wrong])[:COUNT]]

    project = ask("/projects", {"name": f"mnist_annotation_{int(time.time())}"})["id"]
    dataset = ask("/datasets", {"name": "high_confidence_errors"})["id"]
    rows = [
        {"key": f"train-{place}", "image": base64.b64encode(images[place].tobytes()).decode()}
        for place in places[chosen].tolist()
    ]
    ids: list[str] = []
    for start in range(0, COUNT, AT_ONCE):
        ids += ask(f"/datasets/{dataset}/rows", {"rows": rows[start : start + AT_ONCE]})["ids"]
    ask(f"/projects/{project}/datasets", {"dataset_id": dataset})
    task = ask("/tasks", {"project_id": project, "dataset_id": dataset})
    while task["status"] != "complete":
        time.sleep(0.2)
        task = ask(f"/tasks/{task['id']}")

    run = {
        "project_id": project,
        "task_id": task["id"],
        "image_ids": ids,
        "confidence_scores": confidences[chosen].tolist(),
        "predicted_labels": predicted[chosen].tolist(),
        "true_labels": labels[places[chosen]].tolist(),
    }
    metrics = {
        "num_images_uploaded": len(ids),
        "avg_confidence": sum(run["confidence_scores"]) / COUNT,
        "task_status": task["status"],
    }
    Path("annotation_run.json").write_text(json.dumps(run))
    Path("annotation_metrics.json").write_text(json.dumps(metrics))


if __name__ == "__main__":
    main()
