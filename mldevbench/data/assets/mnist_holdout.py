"""Digits that only grading sees: `images.npy` (n, 28, 28) uint8 and `labels.npy` (n,) uint8, 200 of each digit in mini.

mini: drawn like those of the asset `mnist`, from another seed.
full: MNIST's own test split. It is public and mounted for the agent as well, so a score on it says that the saved model
really classifies digits, not that it generalises.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from mldevbench.data.download import download
from mldevbench.data.generators import digits

DOWNLOAD_BYTES = 11_594_722
_SEED, _PER_DIGIT = 103, 200


def build(profile: str, destination: Path) -> None:
    if profile == "full":
        images, labels = _test_split()
    else:
        rng = np.random.default_rng(_SEED)
        labels = rng.permutation(np.repeat(np.arange(10, dtype=np.uint8), _PER_DIGIT))
        images = digits.draw(labels, rng)
    np.save(destination / "images.npy", images)
    np.save(destination / "labels.npy", labels)


def _test_split() -> tuple[np.ndarray, np.ndarray]:
    from torchvision.datasets import MNIST
    from torchvision.datasets.utils import extract_archive

    with tempfile.TemporaryDirectory() as root:
        raw = Path(root, "MNIST", "raw")
        raw.mkdir(parents=True)
        for name, md5 in MNIST.resources:
            extract_archive(str(download(MNIST.mirrors[0] + name, raw / name, checksum=f"md5:{md5}")))
        test = MNIST(root, train=False)
        return test.data.numpy(), test.targets.numpy().astype(np.uint8)
