"""Finds by which rotation and flip a picture was made from which of several others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE, RADIUS = 32, 14
INTERPOLATIONS = (Image.Resampling.NEAREST, Image.Resampling.BILINEAR)

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Match:
    """How well a picture fits each of the others at best, and how it comes from one of them."""

    similarities: Floats
    degrees: int
    flipped: bool
    shift: float
    """By how much the mean of a channel differs, in the channel where it differs most."""


class Alignment:
    def __init__(self, sources: NDArray[np.uint8], degrees: int) -> None:
        """`sources` (n, 32, 32, 3); rotations up to `degrees` are tried, each whole degree."""
        at = np.arange(SIDE) - (SIDE - 1) / 2
        self._disc = at[:, None] ** 2 + at**2 <= RADIUS**2
        angles = range(-degrees, degrees + 1)
        self._ways = [(angle, flip, how) for angle in angles for flip in (False, True) for how in INTERPOLATIONS]
        self._views = np.stack([[self._view(source, *way) for source in sources] for way in self._ways])
        self._standard = _standard(self._views.reshape(*self._views.shape[:2], -1))

    def match(self, picture: Floats, source: int) -> Match:
        """How `picture` (3, 32, 32), with values in [-1, 1], comes from `sources[source]`."""
        inside = picture.transpose(1, 2, 0)[self._disc]
        found = self._standard @ _standard(inside.reshape(-1))
        best = int(found[:, source].argmax())
        angle, flip, _ = self._ways[best]
        shift = float(np.abs(inside.mean(0) - self._views[best, source].mean(0)).max())
        return Match(found.max(0), angle, flip, shift)

    def _view(self, source: NDArray[np.uint8], angle: int, flip: bool, how: Image.Resampling) -> Floats:
        """What is within the disc, (values, 3), turned about the centre."""
        turned = Image.fromarray(source[:, ::-1] if flip else source).rotate(angle, how)
        return np.asarray(turned, np.float32)[self._disc] / 127.5 - 1


def _standard(values: Floats) -> Floats:
    """Such that products are correlations; zero where nothing varies."""
    centred = values - values.mean(-1, keepdims=True)
    return np.asarray(centred / np.maximum(np.linalg.norm(centred, axis=-1, keepdims=True), 1e-6))
