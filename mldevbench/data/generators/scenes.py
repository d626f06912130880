"""Small scenes for segmentation: one to three objects before a textured ground, and which pixel belongs to what."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

CLASSES = (1, 5, 8, 12, 15)
"""The classes that occur, as VOC numbers them: aeroplane, bottle, cat, dog, person."""
BORDER = 255
_HUES = ((0.9, 0.85, 0.8), (0.3, 0.7, 0.35), (0.75, 0.5, 0.25), (0.55, 0.4, 0.3), (0.85, 0.6, 0.55))

Floats = npt.NDArray[np.float64]


def draw(height: int, width: int, rng: np.random.Generator) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """A picture (height, width, 3), and the class of each pixel (height, width): 0 is ground, 255 a border of a pixel or two."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    picture = _ground(x, y, rng)
    classes = np.zeros((height, width), np.uint8)
    side = min(height, width)
    for _ in range(rng.integers(1, 4)):
        which = int(rng.integers(len(CLASSES)))
        size = side * rng.uniform(0.16, 0.3)
        depth = _depth(which, x - rng.uniform(0.2, 0.8) * width, y - rng.uniform(0.2, 0.8) * height, size, rng)
        inside = depth > 0
        colour = np.clip(np.array(_HUES[which]) + rng.normal(0, 0.12, 3), 0, 1)
        stripes = 0.1 * np.sin((x * (which % 2) + y * (1 - which % 2)) * (0.8 + 0.2 * which) + rng.uniform(0, 6.3))
        picture = np.where(inside[..., None], colour + stripes[..., None], picture)
        classes[inside] = CLASSES[which]
        classes[(depth > -1.5) & (depth <= 0.3)] = BORDER
    picture = picture * rng.uniform(0.7, 1.15) + rng.normal(0, 0.06, picture.shape)
    return np.asarray(np.rint(np.clip(picture, 0, 1) * 255), np.uint8), classes


def _ground(x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    angle, wave = rng.uniform(0, np.pi), rng.uniform(0.1, 0.9)
    texture = np.sin(wave * (x * np.cos(angle) + y * np.sin(angle)) + rng.uniform(0, 6.3))
    colour = rng.uniform(0.15, 0.85, 3) + (y / len(y))[..., None] * rng.normal(0, 0.2, 3)
    return np.asarray(colour + rng.uniform(0.03, 0.15) * texture[..., None])


def _depth(which: int, x: Floats, y: Floats, size: float, rng: np.random.Generator) -> Floats:
    """About how many pixels a place lies within the object: a cross, a tall box, a disc, a wide box or a head on shoulders."""
    angle = rng.normal(0, 0.25)
    x, y = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    if which == 0:
        return np.asarray(np.maximum(_box(x, y, size * 1.2, size * 0.3), _box(x, y, size * 0.3, size)))
    if which == 1:
        return _box(x, y, size * 0.4, size * 1.1)
    if which == 2:
        return np.asarray(size * 0.85 - np.hypot(x, y))
    if which == 3:
        return _box(x, y, size * 1.1, size * 0.55)
    head = size * 0.4 - np.hypot(x, y + size * 0.6)
    return np.asarray(np.maximum(head, _box(x, y - size * 0.35, size * 0.65, size * 0.6)))


def _box(x: Floats, y: Floats, across: float, down: float) -> Floats:
    return np.asarray(np.minimum(across - np.abs(x), down - np.abs(y)))
