"""CIFAR-10 as torchvision.datasets.CIFAR10 reads it without downloading: `cifar-10-batches-py/` with its five batches.

mini: 400 training and 100 test pictures for each of the ten classes, drawn.
full: the published training images, and every other published test image; the rest is what `cifar10_holdout` holds.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mldevbench.data.generators import cifar, objects

DOWNLOAD_BYTES = 170_498_071
_URL = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
_MD5 = "c58f30108f718f92721af3b95e74349a"
_NAMES = (b"airplane", b"automobile", b"bird", b"cat", b"deer", b"dog", b"frog", b"horse", b"ship", b"truck")
_TRAIN = tuple(f"data_batch_{number}" for number in range(1, 6))
_SEED, _PER_CLASS = 10, {**dict.fromkeys(_TRAIN, 80), "test_batch": 100}


def build(profile: str, destination: Path) -> None:
    root = destination / "cifar-10-batches-py"
    root.mkdir()
    if profile == "full":
        _published(root)
        return
    for stream, (name, count) in enumerate(_PER_CLASS.items()):
        cifar.save(root / name, _drawn(name, count, np.random.default_rng([_SEED, stream])))
    count = objects.CLASSES * _PER_CLASS["test_batch"]
    cifar.save(root / "batches.meta", {b"num_cases_per_batch": count, b"label_names": list(_NAMES), b"num_vis": 3072})


def _drawn(name: str, count: int, rng: np.random.Generator) -> cifar.Batch:
    labels = [int(label) for label in rng.permutation(np.repeat(np.arange(objects.CLASSES), count))]
    return {
        b"batch_label": b"%s of generated pictures" % name.encode(),
        b"labels": labels,
        b"data": cifar.rows(np.stack([objects.draw(label, rng) for label in labels])),
        b"filenames": [b"%s_%05d.png" % (name.encode(), i) for i in range(len(labels))],
    }


def _published(root: Path) -> None:
    with cifar.published(_URL, _MD5, "cifar-10-batches-py") as source:
        for name in (*_TRAIN, "batches.meta"):
            (root / name).write_bytes((source / name).read_bytes())
        cifar.save(root / "test_batch", cifar.every_other(cifar.load(source / "test_batch"), 0))
