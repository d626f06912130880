"""Colour pictures of made-up classes: a class is a palette, a texture and a shape; place, size, light and noise vary."""

from __future__ import annotations

import colorsys

import numpy as np
import numpy.typing as npt

CLASSES = 10


def draw(label: int, height: int, width: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """A picture of class `label` (0..9) as (height, width, 3)."""
    y, x = np.mgrid[0:height, 0:width] / min(height, width)
    ground = _colour(label / CLASSES + rng.normal(0, 0.02), 0.35, rng.uniform(0.45, 0.75))
    figure = _colour((label * 0.3 + 0.5) % 1 + rng.normal(0, 0.02), 0.8, rng.uniform(0.6, 0.95))
    angle = np.pi * (label % 5) / 5 + rng.normal(0, 0.06)
    waves = np.sin(2 * np.pi * (3 + label) * (x * np.cos(angle) + y * np.sin(angle)) + rng.uniform(0, 2 * np.pi))
    picture = ground + 0.12 * waves[..., None]
    mask = _shape(label, x - rng.uniform(0.35, 0.65), y - rng.uniform(0.35, 0.65), rng.uniform(0.18, 0.32))
    picture = np.where(mask[..., None], figure + 0.06 * waves[..., None], picture)
    coarse = rng.normal(0, 0.05, (height // 8 + 1, width // 8 + 1, 3)).repeat(8, 0).repeat(8, 1)[:height, :width]
    light = rng.uniform(0.8, 1.15)
    return np.asarray(np.rint(np.clip(picture * light + coarse, 0, 1) * 255), np.uint8)


def _colour(hue: float, saturation: float, value: float) -> npt.NDArray[np.float64]:
    return np.array(colorsys.hsv_to_rgb(hue % 1, saturation, value))


def _shape(label: int, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], size: float) -> npt.NDArray[np.bool_]:
    """Disc, square, diamond, ring or cross; the second five classes have it flattened."""
    if label >= CLASSES // 2:
        y = y * 1.8
    radius = np.hypot(x, y)
    shapes = (
        radius < size,
        np.maximum(np.abs(x), np.abs(y)) < size * 0.9,
        np.abs(x) + np.abs(y) < size * 1.2,
        (radius < size) & (radius > size * 0.55),
        np.minimum(np.abs(x), np.abs(y)) < size * 0.3,
    )
    return np.asarray(shapes[label % 5])
