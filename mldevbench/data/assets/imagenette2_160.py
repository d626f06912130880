"""`imagenette2-160.tgz`: ten classes of small photographs and `noisy_imagenette.csv`, as fast.ai publishes them.

mini: 20 training and 8 validation pictures a class, drawn, in an archive of the same layout. Labels are noisy as in the original:
1, 5, 25 and 50 % of the training labels are replaced by another class, those of the validation images never are.
full: the published archive (99 MB), with the checksum that torchvision knows.
"""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from mldevbench.data.download import download
from mldevbench.data.generators import pictures

DOWNLOAD_BYTES = 99_003_388
ARCHIVE = "imagenette2-160.tgz"
ROOT = "imagenette2-160"
_URL = f"https://s3.amazonaws.com/fast-ai-imageclas/{ARCHIVE}"
_MD5 = "e793b78cc4c9e9a4ccc0c1155377a412"
_CLASSES = tuple(
    f"n{number:08}" for number in (1440764, 2102040, 2979186, 3000684, 3028079, 3394916, 3417042, 3425413, 3445777, 3888257)
)
_TRAIN, _VAL, _SIDE = 20, 8, 160
_LEVELS = (1, 5, 25, 50)
_SEED = 160


def build(profile: str, destination: Path) -> None:
    if profile == "full":
        download(_URL, destination / ARCHIVE, checksum=f"md5:{_MD5}")
        return
    # Times, owners and the order of members are fixed, so that every build has the same bytes.
    with (
        (destination / ARCHIVE).open("wb") as file,
        gzip.GzipFile("", "wb", mtime=0, fileobj=file) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for path, data in _members():
            entry = tarfile.TarInfo(f"{ROOT}/{path}")
            entry.size, entry.mode = len(data), 0o644
            archive.addfile(entry, io.BytesIO(data))


def _members() -> Iterator[tuple[str, bytes]]:
    rng = np.random.default_rng(_SEED)
    images = list(_images())
    yield "noisy_imagenette.csv", _labels([path for path, _ in images]).encode()
    for path, label in images:
        long = int(rng.integers(_SIDE, 214))
        height, width = (_SIDE, long) if rng.random() < 0.75 else (long, _SIDE)
        yield path, _jpeg(pictures.draw(label, height, width, rng))


def _images() -> Iterator[tuple[str, int]]:
    """Path below the root, and class number, of every image: training images first, then validation images."""
    for label, wnid in enumerate(_CLASSES):
        yield from ((f"train/{wnid}/{wnid}_{1000 + 37 * i}.JPEG", label) for i in range(_TRAIN))
    for label, wnid in enumerate(_CLASSES):
        yield from ((f"val/{wnid}/ILSVRC2012_val_{label * 1000 + 13 * i:08}.JPEG", label) for i in range(_VAL))


def _labels(paths: list[str]) -> str:
    clean = [path.split("/")[1] for path in paths]
    columns = {0: clean} | {level: _noisy(clean, level) for level in _LEVELS}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["path", *(f"noisy_labels_{level}" for level in columns), "is_valid"])
    for i, path in enumerate(paths):
        writer.writerow([path, *(column[i] for column in columns.values()), path.startswith("val/")])
    return text.getvalue()


def _noisy(clean: list[str], percent: int) -> list[str]:
    """The training labels with `percent` of them replaced; at 50 %, no class keeps its clean number of training images."""
    train = len(_CLASSES) * _TRAIN
    for attempt in itertools.count():
        rng = np.random.default_rng([_SEED, percent, attempt])
        noisy = list(clean)
        for i in rng.choice(train, train * percent // 100, replace=False):
            noisy[i] = str(rng.choice([wnid for wnid in _CLASSES if wnid != clean[i]]))
        counts = Counter(noisy[:train])
        if percent < 50 or all(counts[wnid] != _TRAIN for wnid in _CLASSES):
            return noisy
    raise AssertionError("unreachable")


def _jpeg(pixels: np.ndarray) -> bytes:
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "JPEG", quality=85)
    return data.getvalue()
