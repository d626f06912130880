"""Images and masks that only grading sees, squeezed into squares: `images.npy` (n, side, side, 3), `masks.npy` (n, side, side).

mini: 80 scenes drawn like those of the asset `voc2012`, from another seed.
full: the validation images of VOC 2012 that `voc2012` leaves out.
"""

from __future__ import annotations

import tarfile
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from mldevbench.data.download import download
from mldevbench.data.generators import scenes

DOWNLOAD_BYTES = 1_999_639_040
_URL = "https://thor.robots.ox.ac.uk/pascal/VOC/voc2012/VOCtrainval_11-May-2012.tar"
_MD5 = "6cd6e144f989b92b3379bac3b3de84fd"
_SEED, _COUNT = 2013, 80
_SIDES = {"mini": 64, "full": 320}

Pair = tuple[np.ndarray, np.ndarray]


def build(profile: str, destination: Path) -> None:
    side = _SIDES[profile]
    pairs = _published(side) if profile == "full" else _drawn(side)
    np.save(destination / "images.npy", np.stack([image for image, _ in pairs]))
    np.save(destination / "masks.npy", np.stack([mask for _, mask in pairs]))


def _drawn(side: int) -> list[Pair]:
    rng = np.random.default_rng(_SEED)
    drawn = [scenes.draw(int(rng.integers(64, 81)), int(rng.integers(64, 81)), rng) for _ in range(_COUNT)]
    return [_squeezed(Image.fromarray(picture), Image.fromarray(classes), side) for picture, classes in drawn]


def _squeezed(image: Image.Image, mask: Image.Image, side: int) -> Pair:
    return (
        np.asarray(image.convert("RGB").resize((side, side), Image.Resampling.BILINEAR)),
        np.asarray(mask.resize((side, side), Image.Resampling.NEAREST)),
    )


def _published(side: int) -> list[Pair]:
    with tempfile.TemporaryDirectory() as folder:
        packed = download(_URL, Path(folder, "VOCtrainval_11-May-2012.tar"), checksum=f"md5:{_MD5}")
        with tarfile.open(packed) as archive:
            archive.extractall(folder, filter="data")
        root = Path(folder, "VOCdevkit", "VOC2012")
        names = sorted((root / "ImageSets" / "Segmentation" / "val.txt").read_text().split())[1::2]
        return [
            _squeezed(
                Image.open(root / "JPEGImages" / f"{name}.jpg"), Image.open(root / "SegmentationClass" / f"{name}.png"), side
            )
            for name in names
        ]
