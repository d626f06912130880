"""A long-tailed part of CIFAR-10's training images: `images.npy` (n, 32, 32, 3) uint8, and `labels.npy` (n,).

Each class has fewer images than the one before it, by the same factor. Which ones they are, and in what order, is drawn with a
fixed seed.

mini: 300 images of the first class and 6 of the last one, 837 in all.
full: 5,000 and 50, 12,406 in all: an imbalance of 100.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from mldevbench.data.assets import cifar10
from mldevbench.data.generators import cifar

DOWNLOAD_BYTES = 170_498_071
_SEED, _CLASSES, _BATCHES = 12, 10, 5
_SIZES = {"mini": (300, 6), "full": (5000, 50)}


def build(profile: str, destination: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cifar10.build(profile, Path(folder))
        batches = [cifar.load(Path(folder, "cifar-10-batches-py", f"data_batch_{i}")) for i in range(1, _BATCHES + 1)]
    images = cifar.images(np.concatenate([batch[b"data"] for batch in batches]))
    labels = np.concatenate([batch[b"labels"] for batch in batches])
    kept = _kept(labels, *_SIZES[profile], np.random.default_rng(_SEED))
    np.save(destination / "images.npy", images[kept])
    np.save(destination / "labels.npy", labels[kept])


def _kept(labels: np.ndarray, most: int, fewest: int, rng: np.random.Generator) -> np.ndarray:
    counts = [int(most * (fewest / most) ** (label / (_CLASSES - 1))) for label in range(_CLASSES)]
    parts = [rng.permutation(np.flatnonzero(labels == label))[:count] for label, count in enumerate(counts)]
    return rng.permutation(np.concatenate(parts))
