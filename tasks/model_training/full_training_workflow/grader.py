"""Compares the labels with the archive, the checkpoints with each other and the pretrained weights, and evaluates them all."""

import csv
import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mldevbench.grading import Grading, Probe, SubmissionError, expect_array

REPO = "models--facebook--dinov2-small"
CLASSES = 10
LABELS = "noisy_labels_50"
BACKBONE, ENCODER = "dinov2.", "dinov2.encoder."
CHUNK = 256
MIB = 2**20

Tensors = dict[str, np.ndarray]


def grade(g: Grading) -> None:
    archive = f"/files/{g.values['archive']}"
    g.check("the archive was requested", archive in g.requests, f"{archive} was not requested from the server")
    truth = {row["path"]: row for row in rows(g)}
    with g.guard("noisy_labels_50.csv is right"):
        check_labels(g, {path: row[LABELS] for path, row in truth.items()})
    accuracies: list[float] = []
    with g.guard("the checkpoints are those of this training"):
        if right_files(g):
            with g.probe() as probe:
                if check_tensors(g, probe):
                    accuracies = evaluate(g, probe, {p: r[LABELS] for p, r in truth.items() if r["is_valid"] == "True"})
    with g.guard("the report is right"):
        check_report(g, g.files.read_json("training_metrics.json"), accuracies)


def members(g: Grading) -> Iterator[tuple[str, bytes]]:
    """Path below `imagenette2-160/` and content of every regular file of the archive."""
    with tarfile.open(g.asset("noisy_imagenette_160") / str(g.values["archive"]), "r|gz") as archive:
        for member in archive:
            data = archive.extractfile(member)
            if data is not None:
                with closing(data):
                    yield member.name.removeprefix("./").partition("/")[2], data.read()


def rows(g: Grading) -> Iterator[dict[str, str]]:
    table = next(data for path, data in members(g) if path == "noisy_imagenette.csv")
    return csv.DictReader(io.StringIO(table.decode()))


def check_labels(g: Grading, truth: dict[str, str]) -> None:
    found = g.files.read_csv("noisy_labels_50.csv", max_bytes=8 * MIB, max_rows=100_000)
    columns = tuple(found[0]) if found else ()
    if g.check("noisy_labels_50.csv has the columns path,label", columns == ("path", "label"), f"it has {','.join(columns)}"):
        told = {row["path"]: row["label"] for row in found}
        wrong = sum(truth.get(path) != label for path, label in told.items())
        missing, twice = sum(path not in told for path in truth), len(found) - len(told)
        detail = f"{missing} missing, {twice} repeated, {wrong} wrong or unknown"
        g.check("noisy_labels_50.csv is right", not (missing or twice or wrong), detail)


def right_files(g: Grading) -> bool:
    wanted = [f"checkpoints/epoch_{number}.pt" for number in epochs(g)]
    found = g.files.list("checkpoints/*.pt")
    if not g.check("there is one checkpoint an epoch", found == wanted, ", ".join(found[:20])):
        return False
    most = int(g.values["checkpoint_mib"]) * MIB
    sizes = [g.files.size(name) for name in wanted]
    return g.check(f"no checkpoint has more than {most // MIB} MiB", max(sizes) <= most, f"sizes in bytes: {sizes}")


def epochs(g: Grading) -> range:
    return range(1, int(g.values["epochs"]) + 1)


def check_tensors(g: Grading, probe: Probe) -> bool:
    """Whether every checkpoint is this model's; that each follows from the one before is checked here as well."""
    pretrained = backbone(g)
    matrices = [name for name, value in pretrained.items() if name.startswith(ENCODER) and value.ndim == 2]
    before, length = pretrained, np.sqrt(sum((pretrained[name] ** 2).sum() for name in matrices))
    for number in epochs(g):
        after = tensors(probe.call("checkpoint", number=number), number, pretrained)
        body, head = ([name for name in after if name.startswith(BACKBONE) == b] for b in (True, False))
        changed = any((after[name] != before[name]).any() for name in body)
        trained = number == 1 or any((after[name] != before[name]).any() for name in head)
        apart = np.sqrt(sum(((after[name] - pretrained[name]) ** 2).sum() for name in matrices)) / length
        g.check(f"epoch {number}: the backbone has changed", changed)
        g.check(f"epoch {number}: the classifier has changed", trained)
        told = f"{apart:.4f} of its length away from the pretrained one, at most {g.values['distance']}"
        g.check(f"epoch {number}: the backbone is the pretrained one, fine-tuned", apart <= float(g.values["distance"]), told)
        before = after
    return True


def tensors(answer: Any, number: int, pretrained: Tensors) -> Tensors:
    """A checkpoint's tensors, in double precision. Raises SubmissionError when they are not those of the model."""
    hidden = pretrained["dinov2.layernorm.weight"].size
    shapes = {name: value.shape for name, value in pretrained.items()}
    shapes |= {"classifier.weight": (CLASSES, 2 * hidden), "classifier.bias": (CLASSES,)}
    if not isinstance(answer, dict) or answer.get("epoch") != number:
        raise SubmissionError(f"epoch_{number}.pt does not say that it is of epoch {number}")
    found = answer.get("tensors")
    if not isinstance(found, dict) or found.keys() != shapes.keys():
        raise SubmissionError(f"epoch_{number}.pt has other tensors than the model")
    return {name: expect_array(found[name], shape).astype(np.float64) for name, shape in shapes.items()}


def backbone(g: Grading) -> Tensors:
    """The pretrained tensors under the names that the library gives them in a model; in the file they may have others."""
    from transformers import Dinov2Model

    loaded = Dinov2Model.from_pretrained(snapshot(g), local_files_only=True).state_dict()
    return {f"{BACKBONE}{name}": value.numpy().astype(np.float64) for name, value in loaded.items()}


def snapshot(g: Grading) -> Path:
    folder = g.asset("dinov2_small") / REPO
    return folder / "snapshots" / (folder / "refs" / "main").read_text().strip()


def evaluate(g: Grading, probe: Probe, valid: dict[str, str]) -> list[float]:
    """The validation accuracy in percent of each checkpoint; the best one is also evaluated on the held-back images."""
    names = sorted(set(valid.values()))
    prepared = preparation(snapshot(g))
    images, labels = [], []
    for path, data in members(g):
        if path in valid:
            images.append(prepared(Image.open(io.BytesIO(data))))
            labels.append(names.index(valid[path]))
    accuracies = [accuracy(g, probe, number, np.stack(images), np.array(labels)) for number in epochs(g)]
    floor = float(g.values["floor"])
    for number, found in zip(epochs(g), accuracies, strict=True):
        g.check(f"epoch {number}: the checkpoint is trained", found >= floor, f"{found:.2f} %, at least {floor:g} %")
    folder = g.asset("imagenette_holdout")
    held_back = np.stack([prepared(Image.fromarray(image)) for image in np.load(folder / "images.npy")])
    best = int(np.argmax(accuracies)) + 1
    found, least = accuracy(g, probe, best, held_back, np.load(folder / "labels.npy")), float(g.values["accuracy"])
    g.metric("val_accuracy", accuracies[best - 1] / 100, "fraction")
    g.metric("holdout_accuracy", found / 100, "fraction")
    g.check("accuracy on held-back images", found >= least, f"{found:.2f} % by epoch {best}, at least {least:g} %")
    return accuracies


def accuracy(g: Grading, probe: Probe, number: int, images: np.ndarray, labels: np.ndarray) -> float:
    order = g.rng.permutation(len(images))
    chunks = [order[i : i + CHUNK] for i in range(0, len(order), CHUNK)]
    scores = [
        expect_array(probe.call("predict", number=number, images=images[chunk], timeout_s=180), (len(chunk), CLASSES))
        for chunk in chunks
    ]
    return 100 * float((np.concatenate(scores).argmax(axis=1) == labels[order]).mean())


def preparation(folder: Path) -> Any:
    """What the image processor in `folder` does: a function from a picture to float32 (3, side, side)."""
    settings = json.loads((folder / "preprocessor_config.json").read_text())
    short, side = settings["size"]["shortest_edge"], settings["crop_size"]["height"]
    mean, std = (np.array(settings[name], np.float32) for name in ("image_mean", "image_std"))

    def prepared(image: Image.Image) -> np.ndarray:
        scale = short / min(image.size)
        width, height = (int(extent * scale) for extent in image.size)
        left, top = (width - side) // 2, (height - side) // 2
        resized = image.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
        pixels = np.asarray(resized.crop((left, top, left + side, top + side)), np.float32) / 255
        return np.ascontiguousarray(((pixels - mean) / std).transpose(2, 0, 1))

    return prepared


def check_report(g: Grading, report: Any, accuracies: list[float]) -> None:
    if not g.check("the report is a JSON object", isinstance(report, dict)):
        return
    told, best = report.get("val_acc"), report.get("best_val_acc")
    listed = isinstance(told, list) and all(type(value) in (int, float) and 0 <= value <= 100 for value in told)
    if g.check("val_acc lists a percentage for every epoch", listed and len(told) == len(epochs(g))):
        g.check("best_val_acc is the largest of val_acc", type(best) in (int, float) and best == max(told), f"it is {best!s:.20}")
        apart = [abs(a - b) for a, b in zip(told, accuracies, strict=False)]
        right = len(apart) == len(told) and max(apart) <= float(g.values["tolerance"])
        detail = f"{told} were reported, {[round(value, 2) for value in accuracies]} were found"
        g.check("val_acc is right", right, detail)
