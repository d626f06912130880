"""CIFAR-100 as torchvision.datasets.CIFAR100 reads it without downloading: `cifar-100-python/` with `train`, `test` and `meta`.

mini: 40 training and 10 test pictures for each of the hundred classes, drawn.
full: the published training images, and every other published test image; the rest is what `cifar100_holdout` holds.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mldevbench.data.generators import cifar, pairs

DOWNLOAD_BYTES = 169_001_437
_URL = "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"
_MD5 = "eb9058c3a382ffc7106e4002c42a8d85"
_SEED = 100
_PER_CLASS = {"train": 40, "test": 10}


def build(profile: str, destination: Path) -> None:
    root = destination / "cifar-100-python"
    root.mkdir()
    if profile == "full":
        _published(root)
        return
    for stream, (name, count) in enumerate(_PER_CLASS.items()):
        cifar.save(root / name, _drawn(name, count, np.random.default_rng([_SEED, stream])))
    names = {b"fine_label_names": pairs.CLASSES, b"coarse_label_names": pairs.GROUPS}
    cifar.save(root / "meta", {key: [b"%s_%02d" % (key[:-12], i) for i in range(count)] for key, count in names.items()})


def _drawn(name: str, count: int, rng: np.random.Generator) -> cifar.Batch:
    labels = [int(label) for label in rng.permutation(np.repeat(np.arange(pairs.CLASSES), count))]
    images = np.stack([pairs.draw(label, rng) for label in labels])
    return {
        b"filenames": [b"%s_%05d.png" % (name.encode(), i) for i in range(len(labels))],
        b"batch_label": b"%s batch 1 of 1" % name.encode(),
        b"fine_labels": labels,
        b"coarse_labels": [pairs.group(label) for label in labels],
        b"data": cifar.rows(images),
    }


def _published(root: Path) -> None:
    with cifar.published(_URL, _MD5, "cifar-100-python") as source:
        for name in ("train", "meta"):
            (root / name).write_bytes((source / name).read_bytes())
        cifar.save(root / "test", cifar.every_other(cifar.load(source / "test"), 0))
