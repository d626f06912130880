"""`noisy-imagenette-160.tgz`: Imagenette with half of the training labels wrong, under names that say nothing about the class.

    noisy-imagenette-160/train/00000.JPEG ...   noisy-imagenette-160/noisy_imagenette.csv: path,noisy_labels_50,is_valid
    noisy-imagenette-160/val/00000.JPEG ...     is_valid is True for validation images, whose labels are right

mini: 20 training and 8 validation pictures a class, drawn, the shorter side 160 pixels.
full: the images that the asset `noisy_imagenette` takes from the published archive.

Order and noise, and in mini the pictures, are drawn from the installation's secret: this file does not give right labels away.
"""

from __future__ import annotations

import csv
import gzip
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mldevbench.data import secret
from mldevbench.data.assets import noisy_imagenette
from mldevbench.data.generators import photographs

DOWNLOAD_BYTES = 99_003_388
_ROOT = "noisy-imagenette-160"
_CLASSES = tuple(
    f"n{number:08}" for number in (1440764, 2102040, 2979186, 3000684, 3028079, 3394916, 3417042, 3425413, 3445777, 3888257)
)
_PER_CLASS = {"train": 20, "val": 8}
_SEED, _SIDE, _LONGEST = 162, 160, 214

Labelled = list[tuple[bytes, str]]
"""JPEG files and their labels."""


def build(profile: str, destination: Path) -> None:
    rng = np.random.default_rng(secret.seed(_SEED))
    splits = noisy_imagenette.published() if profile == "full" else {split: _drawn(split, rng) for split in _PER_CLASS}
    # Times and owners are fixed, so that every build from the same secret has the same bytes.
    with (
        (destination / f"{_ROOT}.tgz").open("wb") as file,
        gzip.GzipFile("", "wb", mtime=0, fileobj=file) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for path, data in _members(splits, rng):
            entry = tarfile.TarInfo(f"{_ROOT}/{path}")
            entry.size, entry.mode = len(data), 0o644
            archive.addfile(entry, io.BytesIO(data))


def _members(splits: dict[str, Labelled], rng: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["path", "noisy_labels_50", "is_valid"])
    for split, images in splits.items():
        for number, i in enumerate(rng.permutation(len(images))):
            data, label = images[i]
            path = f"{split}/{number:05}.JPEG"
            writer.writerow([path, label, split == "val"])
            yield path, data
    yield "noisy_imagenette.csv", table.getvalue().encode()


def _drawn(split: str, rng: np.random.Generator) -> Labelled:
    labels = np.repeat(np.arange(len(_CLASSES)), _PER_CLASS[split])
    images = [photographs.photograph(int(label), _SIDE, _LONGEST, rng) for label in labels]
    if split == "train":
        wrong = rng.choice(len(labels), len(labels) // 2, replace=False)
        labels[wrong] = (labels[wrong] + rng.integers(1, len(_CLASSES), len(wrong))) % len(_CLASSES)
    return [(image, _CLASSES[label]) for image, label in zip(images, labels, strict=True)]
