"""The files of CIFAR-10 and CIFAR-100 as their authors pickled them, for torchvision's classes to read."""

from __future__ import annotations

import pickle
import struct
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from mldevbench.data.download import download

Batch = dict[bytes, Any]
"""`data` (n, 3072) uint8: all of red, then green, then blue, row by row. Labels are lists of n; names are bytes."""


def _save_string(pickler: Any, data: bytes) -> None:
    short = len(data) < 256
    head = pickle.SHORT_BINSTRING + bytes([len(data)]) if short else pickle.BINSTRING + struct.pack("<i", len(data))
    pickler.write(head + data)
    pickler.memoize(data)


class _Pickler(pickle._Pickler):
    """Writes bytes as Python 2 wrote its strings, which a reader takes for text or bytes as it likes: so the real files are."""

    dispatch: ClassVar[dict[Any, Any]] = {**pickle._Pickler.dispatch, bytes: _save_string}


def save(path: Path, batch: Batch) -> None:
    with path.open("wb") as file:
        _Pickler(file, protocol=2).dump(batch)


def load(path: Path) -> Batch:
    """A published file, whose checksum has been verified: it is unpickled as it is."""
    batch: Batch = pickle.loads(path.read_bytes(), encoding="bytes")
    return batch


def rows(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Images (n, 32, 32, 3) as `data` holds them."""
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2)).reshape(len(images), -1)


def images(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """`data` as images (n, 32, 32, 3)."""
    return np.ascontiguousarray(data.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))


def every_other(batch: Batch, start: int) -> Batch:
    """The entries start, start + 2, ... of a batch."""
    return {key: value if key == b"batch_label" else value[start::2] for key, value in batch.items()}


@contextmanager
def published(url: str, md5: str, name: str) -> Iterator[Path]:
    """The folder `name` of the published archive, until the block ends. Raises OSError and ValueError as `download` does."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(download(url, Path(folder, f"{name}.tar.gz"), checksum=f"md5:{md5}")) as archive:
            archive.extractall(folder, filter="data")
        yield Path(folder, name)
