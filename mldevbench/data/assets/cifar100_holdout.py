"""Images that only grading sees: `images.npy` (n, 32, 32, 3) uint8, and `labels.npy` (n,), the fine classes.

mini: 20 a class, drawn like those of the asset `cifar100`, from another seed.
full: the published test images that `cifar100` leaves out.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mldevbench.data.generators import cifar, pairs

DOWNLOAD_BYTES = 169_001_437
_URL = "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"
_MD5 = "eb9058c3a382ffc7106e4002c42a8d85"
_SEED, _PER_CLASS = 101, 20


def build(profile: str, destination: Path) -> None:
    images, labels = _published() if profile == "full" else _drawn()
    np.save(destination / "images.npy", images)
    np.save(destination / "labels.npy", labels)


def _drawn() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(_SEED)
    labels = np.repeat(np.arange(pairs.CLASSES), _PER_CLASS)
    return np.stack([pairs.draw(int(label), rng) for label in labels]), labels


def _published() -> tuple[np.ndarray, np.ndarray]:
    with cifar.published(_URL, _MD5, "cifar-100-python") as source:
        test = cifar.every_other(cifar.load(source / "test"), 1)
        return cifar.images(test[b"data"]), np.array(test[b"fine_labels"])
