"""Images that only grading sees: `images.npy` (n, side, side, 3) uint8; `labels.npy` (n,), places in the sorted list of classes.

mini: 100 a class, drawn like those of the asset `noisy_imagenette`, from the installation's secret as well.
full: the validation images of the published archive that `noisy_imagenette` leaves out.
"""

from __future__ import annotations

import io
import tarfile
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from mldevbench.data import secret
from mldevbench.data.download import download
from mldevbench.data.generators import exposures, pictures

DOWNLOAD_BYTES = 99_003_388
_URL = "https://s3.amazonaws.com/fast-ai-imageclas/imagenette2-160.tgz"
_MD5 = "e793b78cc4c9e9a4ccc0c1155377a412"
_SEED, _CLASSES, _PER_CLASS = 502, 10, 100
_SIDE, _LONGEST, _FULL_SIDE = 32, 44, 160
_WEIGHT = (0.5, 0.7)


def build(profile: str, destination: Path) -> None:
    images, labels = published() if profile == "full" else _drawn()
    np.save(destination / "images.npy", images)
    np.save(destination / "labels.npy", labels)


def _drawn() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(secret.seed(_SEED))
    labels = np.repeat(np.arange(_CLASSES), _PER_CLASS)
    return np.stack([_middle(_picture(int(label), rng), _SIDE) for label in labels]), labels


def _picture(label: int, rng: np.random.Generator) -> Image.Image:
    long = int(rng.integers(_SIDE, _LONGEST))
    height, width = (_SIDE, long) if rng.random() < 0.75 else (long, _SIDE)
    front, back = (pictures.draw(number, height, width, rng) for number in (label, int(rng.integers(_CLASSES))))
    data = io.BytesIO()
    Image.fromarray(exposures.blend(front, back, _WEIGHT, rng)).save(data, "JPEG", quality=90)
    return Image.open(data)


def published() -> tuple[np.ndarray, np.ndarray]:
    with tempfile.TemporaryDirectory() as folder:
        packed = download(_URL, Path(folder, "imagenette2-160.tgz"), checksum=f"md5:{_MD5}")
        with tarfile.open(packed) as archive:
            archive.extractall(folder, filter="data")
        paths = sorted(Path(folder, "imagenette2-160", "val").glob("*/*.JPEG"))[1::2]
        classes = sorted({path.parent.name for path in paths})
        images = np.stack([_middle(Image.open(path), _FULL_SIDE) for path in paths])
        return images, np.array([classes.index(path.parent.name) for path in paths])


def _middle(image: Image.Image, side: int) -> np.ndarray:
    return np.asarray(ImageOps.fit(image.convert("RGB"), (side, side), Image.Resampling.BILINEAR))
