"""Images that only grading sees: `images.npy` (n, 160, 160, 3) uint8; `labels.npy` (n,), places in the sorted list of classes.

mini: 20 a class, drawn like those of the asset `noisy_imagenette_160`, from the installation's secret as well.
full: the published validation images that `noisy_imagenette_160` leaves out, cut to their middle.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from mldevbench.data import secret
from mldevbench.data.assets import noisy_imagenette_holdout
from mldevbench.data.generators import photographs

DOWNLOAD_BYTES = 99_003_388
_SEED, _CLASSES, _PER_CLASS = 161, 10, 20
_SIDE, _LONGEST = 160, 214


def build(profile: str, destination: Path) -> None:
    images, labels = noisy_imagenette_holdout.published() if profile == "full" else _drawn()
    np.save(destination / "images.npy", images)
    np.save(destination / "labels.npy", labels)


def _drawn() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(secret.seed(_SEED))
    labels = np.repeat(np.arange(_CLASSES), _PER_CLASS)
    images = (Image.open(io.BytesIO(photographs.photograph(int(label), _SIDE, _LONGEST, rng))) for label in labels)
    return np.stack([np.asarray(ImageOps.fit(image, (_SIDE, _SIDE), Image.Resampling.BILINEAR)) for image in images]), labels
