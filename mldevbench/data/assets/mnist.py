"""MNIST, laid out as torchvision reads it: `MNIST/raw/` with the four IDX files, packed and unpacked.

mini: drawn digits, a tenth of the real number of each in both splits (about 600 and 100 a digit), shuffled.
full: the real files, with the checksums that torchvision knows.
"""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mldevbench.data.download import download
from mldevbench.data.generators import digits

DOWNLOAD_BYTES = 11_594_722
_TRAIN_SEED, _TEST_SEED = 101, 102
_TRAIN_COUNTS = (593, 675, 596, 614, 584, 542, 591, 626, 585, 594)
_TEST_COUNTS = (98, 114, 103, 101, 98, 89, 96, 103, 97, 101)


def build(profile: str, destination: Path) -> None:
    raw = destination / "MNIST" / "raw"
    raw.mkdir(parents=True)
    if profile == "full":
        _download(raw)
        return
    for name, seed, counts in (("train", _TRAIN_SEED, _TRAIN_COUNTS), ("t10k", _TEST_SEED, _TEST_COUNTS)):
        rng = np.random.default_rng(seed)
        labels = rng.permutation(np.repeat(np.arange(10, dtype=np.uint8), counts))
        _write(raw / f"{name}-images-idx3-ubyte", digits.draw(labels, rng))
        _write(raw / f"{name}-labels-idx1-ubyte", labels)


def _write(path: Path, array: npt.NDArray[np.uint8]) -> None:
    """An IDX file (magic number, sizes, bytes, big-endian) and its packed twin."""
    data = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()
    path.write_bytes(data)
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(data, mtime=0))


def _download(raw: Path) -> None:
    from torchvision.datasets import MNIST  # 10 s to import, so only here

    for name, md5 in MNIST.resources:
        packed = download(MNIST.mirrors[0] + name, raw / name, checksum=f"md5:{md5}")
        packed.with_suffix("").write_bytes(gzip.decompress(packed.read_bytes()))
