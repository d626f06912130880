"""Imagenette with half of the training labels wrong, under names that say nothing about the class.

    train/00000.JPEG ...    train.csv: path,label   half of the labels are another class; the right ones are nowhere
    val/00000.JPEG ...      val.csv: path,label     right labels

mini: 100 training and 40 validation pictures a class, drawn, the shorter side 32 pixels.
full: the images of the published archive and its labels with 50 % noise, shuffled and renamed. Of the validation images of each
class, every other one; the rest is what `noisy_imagenette_holdout` holds.

Order and noise, and in mini the pictures, are drawn from the installation's secret: this file does not give right labels away.
"""

from __future__ import annotations

import csv
import io
import tarfile
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from mldevbench.data import secret
from mldevbench.data.download import download
from mldevbench.data.generators import exposures, pictures

DOWNLOAD_BYTES = 99_003_388
_URL = "https://s3.amazonaws.com/fast-ai-imageclas/imagenette2-160.tgz"
_MD5 = "e793b78cc4c9e9a4ccc0c1155377a412"
_CLASSES = tuple(
    f"n{number:08}" for number in (1440764, 2102040, 2979186, 3000684, 3028079, 3394916, 3417042, 3425413, 3445777, 3888257)
)
_SEED = 501
_PER_CLASS = {"train": 100, "val": 40}
_SIDE, _LONGEST = 32, 44
_WEIGHT = (0.5, 0.7)

Labelled = list[tuple[bytes, str]]
"""JPEG files and their labels."""


def build(profile: str, destination: Path) -> None:
    splits = published() if profile == "full" else {split: _drawn(i, split) for i, split in enumerate(_PER_CLASS)}
    rng = np.random.default_rng(secret.seed(_SEED))
    for split, images in splits.items():
        (destination / split).mkdir()
        rows = []
        for number, i in enumerate(rng.permutation(len(images))):
            data, label = images[i]
            path = f"{split}/{number:05}.JPEG"
            (destination / path).write_bytes(data)
            rows.append((path, label))
        with (destination / f"{split}.csv").open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([("path", "label"), *rows])


def _drawn(stream: int, split: str) -> Labelled:
    rng = np.random.default_rng(secret.seed(_SEED, stream))
    labels = np.repeat(np.arange(len(_CLASSES)), _PER_CLASS[split])
    images = [_jpeg(int(label), rng) for label in labels]
    if split == "train":
        wrong = rng.choice(len(labels), len(labels) // 2, replace=False)
        labels[wrong] = (labels[wrong] + rng.integers(1, len(_CLASSES), len(wrong))) % len(_CLASSES)
    return [(image, _CLASSES[label]) for image, label in zip(images, labels, strict=True)]


def _jpeg(label: int, rng: np.random.Generator) -> bytes:
    long = int(rng.integers(_SIDE, _LONGEST))
    height, width = (_SIDE, long) if rng.random() < 0.75 else (long, _SIDE)
    front, back = (pictures.draw(number, height, width, rng) for number in (label, int(rng.integers(len(_CLASSES)))))
    data = io.BytesIO()
    Image.fromarray(exposures.blend(front, back, _WEIGHT, rng)).save(data, "JPEG", quality=90)
    return data.getvalue()


def published() -> dict[str, Labelled]:
    """The images of both splits in the order of the published names, training images with their noisy labels."""
    with tempfile.TemporaryDirectory() as folder:
        packed = download(_URL, Path(folder, "imagenette2-160.tgz"), checksum=f"md5:{_MD5}")
        with tarfile.open(packed) as archive:
            archive.extractall(folder, filter="data")
        root = Path(folder, "imagenette2-160")
        with (root / "noisy_imagenette.csv").open(newline="") as file:
            rows = sorted(csv.DictReader(file), key=lambda row: row["path"])
        train = [row for row in rows if row["is_valid"] == "False"]
        val = [row for row in rows if row["is_valid"] == "True"][::2]
        return {
            split: [((root / row["path"]).read_bytes(), row["noisy_labels_50"]) for row in chosen]
            for split, chosen in (("train", train), ("val", val))
        }
