"""Images that only grading sees: `images.npy` (n, 160, 160, 3) uint8; `labels.npy` (n,), places in the sorted list of classes.

mini: 20 a class, drawn like those of the asset `imagenette2_160`, from another seed.
full: the archive's validation images, cut to their middle. They are public and lie in the archive as well, so a score on them
says that the checkpoint really classifies images, not that it generalises.
"""

from __future__ import annotations

import io
import tarfile
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from mldevbench.data.download import download
from mldevbench.data.generators import pictures

DOWNLOAD_BYTES = 99_003_388
_URL = "https://s3.amazonaws.com/fast-ai-imageclas/imagenette2-160.tgz"
_MD5 = "e793b78cc4c9e9a4ccc0c1155377a412"
_SEED, _PER_CLASS, _SIDE = 161, 20, 160


def build(profile: str, destination: Path) -> None:
    images, labels = _published() if profile == "full" else _drawn()
    np.save(destination / "images.npy", images)
    np.save(destination / "labels.npy", labels)


def _drawn() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(_SEED)
    labels = np.repeat(np.arange(pictures.CLASSES), _PER_CLASS)
    return np.stack([_middle(_picture(int(label), rng)) for label in labels]), labels


def _picture(label: int, rng: np.random.Generator) -> Image.Image:
    long = int(rng.integers(_SIDE, 214))
    height, width = (_SIDE, long) if rng.random() < 0.75 else (long, _SIDE)
    data = io.BytesIO()
    Image.fromarray(pictures.draw(label, height, width, rng)).save(data, "JPEG", quality=85)
    return Image.open(data)


def _published() -> tuple[np.ndarray, np.ndarray]:
    with tempfile.TemporaryDirectory() as folder:
        packed = download(_URL, Path(folder, "imagenette2-160.tgz"), checksum=f"md5:{_MD5}")
        with tarfile.open(packed) as archive:
            archive.extractall(folder, filter="data")
        paths = sorted(Path(folder, "imagenette2-160", "val").glob("*/*.JPEG"))
        classes = sorted({path.parent.name for path in paths})
        images = np.stack([_middle(Image.open(path)) for path in paths])
        return images, np.array([classes.index(path.parent.name) for path in paths])


def _middle(image: Image.Image) -> np.ndarray:
    return np.asarray(ImageOps.fit(image.convert("RGB"), (_SIDE, _SIDE), Image.Resampling.BILINEAR))
