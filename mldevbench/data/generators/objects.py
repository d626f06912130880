"""Ten classes of small pictures in CIFAR-10's size: one thing exposed over another, in any colours, under heavy grain."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mldevbench.data.generators import exposures, pictures

SIDE = 32
CLASSES = pictures.CLASSES
_WEIGHT, _GRAIN = (0.5, 0.7), 0.25


def draw(label: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """A picture (32, 32, 3) of class `label` (0..9), which is what is in front."""
    front, back = (pictures.draw(number, SIDE, SIDE, rng) for number in (label, int(rng.integers(CLASSES))))
    return exposures.blend(front, back, _WEIGHT, rng, grain=_GRAIN)
