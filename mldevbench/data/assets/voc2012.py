"""The segmentation part of Pascal VOC 2012, in the tree that torchvision.datasets.VOCSegmentation reads without downloading.

Masks are palette PNGs: 0 is background, 1 to 20 a class, 255 an object's border, which does not count.

mini: 96 training and 40 validation scenes, drawn, 64 to 80 pixels wide and high, with five of the twenty classes.
full: the published images that have masks. Of the validation images every other one; the rest is what `voc2012_holdout` holds.
"""

from __future__ import annotations

import shutil
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
_SEED = 2012
_COUNTS = {"train": 96, "val": 40}


def build(profile: str, destination: Path) -> None:
    root = destination / "VOCdevkit" / "VOC2012"
    for folder in ("JPEGImages", "SegmentationClass", "ImageSets/Segmentation"):
        (root / folder).mkdir(parents=True)
    listed = _published(root) if profile == "full" else _drawn(root)
    for name, images in (listed | {"trainval": sorted(listed["train"] + listed["val"])}).items():
        (root / "ImageSets" / "Segmentation" / f"{name}.txt").write_text("".join(f"{image}\n" for image in images))


def _drawn(root: Path) -> dict[str, list[str]]:
    """Draws images and masks; returns their names by split."""
    rng = np.random.default_rng(_SEED)
    listed: dict[str, list[str]] = {split: [] for split in _COUNTS}
    for number in range(sum(_COUNTS.values())):
        split = "train" if number < _COUNTS["train"] else "val"
        name = f"2012_{number:06}"
        listed[split].append(name)
        picture, classes = scenes.draw(int(rng.integers(64, 81)), int(rng.integers(64, 81)), rng)
        Image.fromarray(picture).save(root / "JPEGImages" / f"{name}.jpg", quality=90)
        mask = Image.fromarray(classes).convert("P")
        mask.putdata(classes.ravel().tolist())
        mask.putpalette(_palette())
        mask.save(root / "SegmentationClass" / f"{name}.png")
    return listed


def _palette() -> list[int]:
    """VOC's colours: the bits of a class number, dealt in turn to red, green and blue, highest bits of the colour first."""
    colours = np.zeros((256, 3), np.uint8)
    for bit in range(8):
        for channel in range(3):
            colours[:, channel] |= ((np.arange(256) >> (3 * (bit // 1) + channel)) & 1).astype(np.uint8) << (7 - bit)
    return [int(value) for value in colours.ravel()]


def _published(root: Path) -> dict[str, list[str]]:
    """Copies images and masks from the archive; returns their names by split."""
    with tempfile.TemporaryDirectory() as folder:
        packed = download(_URL, Path(folder, "VOCtrainval_11-May-2012.tar"), checksum=f"md5:{_MD5}")
        with tarfile.open(packed) as archive:
            archive.extractall(folder, filter="data")
        source = Path(folder, "VOCdevkit", "VOC2012")
        names = {split: (source / "ImageSets" / "Segmentation" / f"{split}.txt").read_text().split() for split in _COUNTS}
        listed = {"train": names["train"], "val": sorted(names["val"])[::2]}
        for name in listed["train"] + listed["val"]:
            for place in (f"JPEGImages/{name}.jpg", f"SegmentationClass/{name}.png"):
                shutil.copyfile(source / place, root / place)
        return listed
