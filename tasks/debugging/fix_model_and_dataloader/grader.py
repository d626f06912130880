"""Checks the model, the data module, training with both, and what a run left: each point on its own."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from reference import Network, Pictures, loss_and_accuracy

from mldevbench.grading import Grading, Probe, SubmissionError, expect_array

TOLERANCE = 1e-3
LOSS_TOLERANCE, ACCURACY_TOLERANCE = 0.01, 0.005
BATCH, BATCH_SIZE = 48, 40
SAMPLE = 60
NAME = re.compile(r"checkpoints/cifar10-epoch=0([01])-val_loss=\d+\.\d+\.ckpt")


def grade(g: Grading) -> None:
    network, pictures = Network(), Pictures(g.asset("cifar10"))
    held_back = None
    with g.guard("the files can be imported"), g.probe() as probe:
        with g.guard("the model runs"):
            check_model(g, probe, network)
        with g.guard("the data module runs"):
            held_back = check_data(g, probe, pictures)
        if all(check.passed for check in g.checks):
            with g.guard("training runs"):
                check_training(g, probe, network)
    history: list[Mapping[str, Any]] = []
    with g.guard("the run that was left"):
        history = check_run(g)
    if held_back is not None:
        with g.guard("the checkpoints that were left"):
            check_checkpoints(g, network, pictures, held_back, history)


def check_model(g: Grading, probe: Probe, network: Network) -> None:
    found = fields(probe.call("describe_model"))
    g.check("the Trainer takes the model", found.get("taken") is True, "its base class is not that of lightning.pytorch")
    if not g.check("the model holds the network asked for", found.get("shapes") == network.shapes):
        return
    floats = network.draw(g.rng)
    network.fill(floats)
    images = g.rng.standard_normal((BATCH, 3, 32, 32), np.float32)
    scores = network.scores(images)
    labels = np.where(g.rng.random(BATCH) < 0.5, scores.argmax(1).numpy(), g.rng.integers(0, 10, BATCH))
    answer = fields(probe.call("run_model", floats=floats, images=images, labels=labels))
    array = expect_array(answer.get("scores"), tuple(scores.shape))
    error = float((np.abs(array - scores.numpy()) / (1 + np.abs(scores.numpy()))).max())
    g.check("the scores are the network's", error <= TOLERANCE, f"largest difference {error:.2g}")
    logged = fields(answer.get("logged"))
    loss, accuracy = loss_and_accuracy(scores, labels)
    check_number(g, "val_loss", logged.get("val_loss"), loss)
    check_number(g, "val_acc", logged.get("val_acc"), accuracy)
    loss, accuracy = loss_and_accuracy(network.scores(images, training=True), labels)
    check_number(g, "train_loss", logged.get("train_loss"), loss)
    check_number(g, "train_acc", logged.get("train_acc"), accuracy)
    check_number(g, "the loss that training_step returns", answer.get("loss"), loss)


def check_data(g: Grading, probe: Probe, pictures: Pictures) -> np.ndarray | None:
    """Returns the indices of the validation images, if the split is right."""
    found = fields(probe.call("describe_data", batch_size=BATCH_SIZE))
    g.check("the Trainer takes the data module", found.get("taken") is True, "its base class is not that of lightning.pytorch")
    count = len(pictures.labels)
    train = expect_array(found.get("train"), (count - count // 5,), "iu")
    val = expect_array(found.get("val"), (count // 5,), "iu")
    split = np.array_equal(np.sort(np.concatenate([train, val])), np.arange(count))
    g.check("no image is in both parts, and none is missing", split, f"{len(np.intersect1d(train, val))} are in both")
    again = [expect_array(found.get(f"{part}_again"), (None,), "iu") for part in ("train", "val")]
    same = np.array_equal(train, again[0]) and np.array_equal(val, again[1])
    g.check("the split is the same every time", same)
    if not split:
        return None
    first = pictures.labels[train][:BATCH_SIZE]
    batches = found.get("train_batches")
    if not isinstance(batches, list) or len(batches) != 2:
        raise SubmissionError("the loader for training gave no batches")
    one, two = (expect_array(batch, (BATCH_SIZE,), "iu") for batch in batches)
    shuffled = not any(np.array_equal(a, b) for a, b in ((one, two), (one, first), (two, first)))
    g.check("the loader for training shuffles", shuffled)
    ordered = np.array_equal(expect_array(found.get("val_batch"), (BATCH_SIZE,), "iu"), pictures.labels[val][:BATCH_SIZE])
    g.check("the loader for validation keeps the order", ordered)
    with g.guard("images for validation"):
        check_plain(g, probe, pictures, val)
    with g.guard("images for training"):
        check_augmented(g, probe, pictures, train)
    return val if same else None


def check_plain(g: Grading, probe: Probe, pictures: Pictures, val: np.ndarray) -> None:
    images, chosen = sample(g, probe, pictures, "val_set", val)
    error = float(np.abs(images - pictures.plain(chosen)).max())
    g.check("images for validation", error <= TOLERANCE, f"largest difference {error:.2g}")


def check_augmented(g: Grading, probe: Probe, pictures: Pictures, train: np.ndarray) -> None:
    images, chosen = sample(g, probe, pictures, "train_set", train)
    crops = [pictures.distance_to_crops(int(index), image) for index, image in zip(chosen, images, strict=True)]
    worst = max(distance for distance, _ in crops)
    g.check("images for training", worst <= TOLERANCE, f"largest difference from the nearest crop {worst:.2g}")
    g.check("images for training are augmented", len({which for _, which in crops}) > SAMPLE // 4)


def sample(g: Grading, probe: Probe, pictures: Pictures, part: str, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Some images of a part, and where in CIFAR-10 they lie; their labels are checked here."""
    places = [int(place) for place in g.rng.choice(len(indices), SAMPLE, replace=False)]
    found = fields(probe.call("items", part=part, places=places))
    labels = expect_array(found.get("labels"), (SAMPLE,), "iu")
    g.check(f"labels of {part}", np.array_equal(labels, pictures.labels[indices[places]]))
    return expect_array(found.get("images"), (SAMPLE, 3, 32, 32)), indices[places]


def check_training(g: Grading, probe: Probe, network: Network) -> None:
    found = fields(probe.call("train", batches=3, timeout_s=240))
    names = found.get("checkpoints")
    kept = isinstance(names, list) and len([name for name in names if NAME.fullmatch(f"checkpoints/{name}")]) == 2
    g.check("training leaves two checkpoints", kept, f"{names}")
    still = network.unmoved(found.get("before"), found.get("after"))
    g.check("every parameter is trained", not still, ", ".join(still[:5]))


def check_run(g: Grading) -> list[Mapping[str, Any]]:
    """What the run at W&B has logged, row by row."""
    info = fields(g.files.read_json("wandb_info.json"))
    identifier, url = info.get("run_id"), info.get("run_url")
    g.check("wandb_info.json names the project", info.get("project_id") == g.values["project"])
    named = isinstance(identifier, str) and isinstance(url, str) and bool(identifier) and identifier in url
    g.check("run_url holds run_id", named)
    found = [run for run in g.service("wandb")["runs"] if (run["project"], run["id"]) == (g.values["project"], identifier)]
    if not g.check("the run is known at W&B", bool(found), "there is no such run in the project"):
        return []
    g.check("the run is finished", found[0]["state"] == "finished")
    history: list[Mapping[str, Any]] = found[0]["history"]
    g.check("train_loss is logged", any(number(row.get("train_loss")) is not None for row in history))
    return history


def check_checkpoints(
    g: Grading, network: Network, pictures: Pictures, val: np.ndarray, history: list[Mapping[str, Any]]
) -> None:
    matched = [(int(match[1]), path) for path in g.files.list("checkpoints/*.ckpt") if (match := NAME.fullmatch(path))]
    if not g.check("a checkpoint of each epoch", sorted(epoch for epoch, _ in matched) == [0, 1], f"{len(matched)} are there"):
        return
    images, labels, kept = pictures.plain(val), pictures.labels[val], []
    for epoch, path in sorted(matched):
        with g.probe() as probe:
            found = fields(probe.call("checkpoint", path=path))
        if not g.check(f"epoch {epoch}: the checkpoint holds the network", found.get("shapes") == network.shapes):
            return
        steps = (epoch + 1) * int(g.values["steps_per_epoch"])
        counted = (found.get("epoch"), found.get("global_step"))
        g.check(f"epoch {epoch}: the checkpoint's epoch and step", counted == (epoch, steps), f"{counted}, not {(epoch, steps)}")
        network.fill(found.get("floats"))
        kept.append(found.get("floats"))
        loss, accuracy = loss_and_accuracy(network.scores(images), labels)
        check_logged(g, epoch, history, loss, accuracy)
        g.metric(f"val_acc_{epoch}", accuracy, "fraction")
    still = network.unmoved(*kept)
    g.check("every parameter differs between the checkpoints", not still, ", ".join(still[:5]))


def check_logged(g: Grading, epoch: int, history: list[Mapping[str, Any]], loss: float, accuracy: float) -> None:
    rows = [row for row in history if row.get("epoch") == epoch and "val_loss" in row]
    losses, accuracies = ([number(row.get(name)) for row in rows] for name in ("val_loss", "val_acc"))
    right = bool(rows) and all(x is not None and abs(x - loss) <= LOSS_TOLERANCE * abs(loss) for x in losses)
    g.check(f"epoch {epoch}: the logged val_loss is the checkpoint's", right, f"{losses[:3]} logged, {loss:.4f} found")
    right = bool(rows) and all(x is not None and abs(x - accuracy) <= ACCURACY_TOLERANCE for x in accuracies)
    g.check(f"epoch {epoch}: the logged val_acc is the checkpoint's", right, f"{accuracies[:3]} logged, {accuracy:.4f} found")


def check_number(g: Grading, name: str, found: Any, expected: float) -> None:
    value = number(found)
    near = value is not None and abs(value - expected) <= TOLERANCE * (1 + abs(expected))
    g.check(name, near, f"{'none' if value is None else f'{value:.4f}'}, not {expected:.4f}")


def number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e30 else None


def fields(answer: Any) -> Mapping[str, Any]:
    if not isinstance(answer, dict):
        raise SubmissionError("a record with named fields is expected")
    return answer
