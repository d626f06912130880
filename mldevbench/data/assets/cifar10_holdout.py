"""Images that only grading sees: `images.npy` (n, 32, 32, 3) uint8, and `labels.npy` (n,).

mini: 200 a class, drawn like those of the asset `cifar10`, from another seed.
full: the published test images that `cifar10` leaves out.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mldevbench.data.generators import cifar, objects

DOWNLOAD_BYTES = 170_498_071
_URL = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
_MD5 = "c58f30108f718f92721af3b95e74349a"
_SEED, _PER_CLASS = 11, 200


def build(profile: str, destination: Path) -> None:
    images, labels = _published() if profile == "full" else _drawn()
    np.save(destination / "images.npy", images)
    np.save(destination / "labels.npy", labels)


def _drawn() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(_SEED)
    labels = np.repeat(np.arange(objects.CLASSES), _PER_CLASS)
    return np.stack([objects.draw(int(label), rng) for label in labels]), labels


def _published() -> tuple[np.ndarray, np.ndarray]:
    with cifar.published(_URL, _MD5, "cifar-10-batches-py") as source:
        test = cifar.every_other(cifar.load(source / "test_batch"), 1)
        return cifar.images(test[b"data"]), np.array(test[b"labels"])
