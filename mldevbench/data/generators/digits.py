"""Handwritten-looking digits: each is a few strokes, bent by a random affine map and jitter, drawn 28 pixels wide."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

SIDE = 28
_CHUNK = 256


def _arc(x: float, y: float, rx: float, ry: float, start: float, stop: float, points: int = 9) -> list[tuple[float, float]]:
    """Points on an ellipse; angles in degrees, clockwise from the right, for y grows downwards."""
    angles = np.radians(np.linspace(start, stop, points))
    return [(x + rx * float(np.cos(a)), y + ry * float(np.sin(a))) for a in angles]


# One polyline a digit, in a unit square. Where a pen would lift, it goes back over its own line.
_STROKES: tuple[list[tuple[float, float]], ...] = (
    _arc(0.5, 0.5, 0.22, 0.34, -90, 270, 13),
    [(0.38, 0.28), (0.53, 0.15), (0.53, 0.85)],
    [*_arc(0.5, 0.34, 0.2, 0.19, -170, 40), (0.28, 0.84), (0.74, 0.84)],
    [*_arc(0.48, 0.32, 0.2, 0.17, -150, 90), *_arc(0.48, 0.67, 0.22, 0.18, -90, 150)],
    [(0.6, 0.86), (0.6, 0.14), (0.26, 0.62), (0.76, 0.62)],
    [(0.7, 0.16), (0.34, 0.16), (0.32, 0.46), *_arc(0.48, 0.63, 0.22, 0.21, -110, 150)],
    [(0.62, 0.14), (0.36, 0.48), *_arc(0.5, 0.65, 0.19, 0.2, -200, 160, 13)],
    [(0.27, 0.16), (0.73, 0.16), (0.42, 0.86)],
    [*_arc(0.5, 0.32, 0.17, 0.17, 90, -270, 13), *_arc(0.5, 0.67, 0.2, 0.18, -90, 270, 13)],
    [*_arc(0.5, 0.34, 0.19, 0.2, 20, 380, 13), (0.66, 0.5), (0.58, 0.86)],
)


def draw(labels: npt.ArrayLike, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """One image for each label in 0..9, as (n, 28, 28): ink is 255 on a black ground, as in MNIST."""
    labels = np.asarray(labels)
    images = np.zeros((len(labels), SIDE, SIDE), np.uint8)
    for digit, stroke in enumerate(_STROKES):
        places = np.flatnonzero(labels == digit)
        for start in range(0, len(places), _CHUNK):
            chunk = places[start : start + _CHUNK]
            images[chunk] = _render(np.array(stroke), len(chunk), rng)
    return images


def _render(stroke: npt.NDArray[np.float64], count: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    points = _bend(stroke, count, rng).astype(np.float32)
    axis = (np.arange(SIDE, dtype=np.float32) + 0.5) / SIDE
    y, x = (grid.reshape(1, -1) for grid in np.meshgrid(axis, axis, indexing="ij"))
    nearest = np.full((count, SIDE * SIDE), np.inf, np.float32)  # squared distance of each pixel to the stroke
    for k in range(points.shape[1] - 1):
        (ax, ay), (bx, by) = points[:, k, :, None].swapaxes(0, 1), points[:, k + 1, :, None].swapaxes(0, 1)
        dx, dy = bx - ax, by - ay
        t = np.clip(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy + 1e-9), 0, 1)
        nearest = np.minimum(nearest, (x - ax - t * dx) ** 2 + (y - ay - t * dy) ** 2)
    half_width = rng.uniform(0.03, 0.06, (count, 1))
    ink = np.clip(1.5 - np.sqrt(nearest) / half_width, 0, 1) * rng.uniform(0.75, 1, (count, 1))
    ink = np.clip(ink + rng.normal(0, 0.06, ink.shape) * (ink > 0), 0, 1)
    return np.asarray(np.rint(ink * 255), np.uint8).reshape(count, SIDE, SIDE)


def _bend(stroke: npt.NDArray[np.float64], count: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """(count, points, 2): rotated, slanted, scaled, shifted, and each point moved a little."""
    angle, slant = rng.normal(0, 0.2, count), rng.normal(0, 0.22, count)
    scale = rng.uniform(0.75, 1.1, (count, 2))
    turn = np.stack([np.stack([np.cos(angle), -np.sin(angle)], -1), np.stack([np.sin(angle), np.cos(angle)], -1)], 1)
    turn[:, 0, 1] += slant
    centred = (stroke - 0.5)[None] + rng.normal(0, 0.028, (count, *stroke.shape))
    moved = np.einsum("nij,npj->npi", turn, centred * scale[:, None])
    return np.asarray(moved + 0.5 + rng.uniform(-0.06, 0.06, (count, 1, 2)))
