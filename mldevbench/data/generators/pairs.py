"""A hundred classes of small pictures: each shows one of ten things over another, and the two together are its class."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mldevbench.data.generators import pictures

SIDE = 32
CLASSES = pictures.CLASSES**2
GROUPS = 2 * pictures.CLASSES
_GRAIN = 0.15


def draw(label: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """A picture (32, 32, 3) of class `label` (0..99): its tens are in front, its units behind."""
    front, back = (pictures.draw(number, SIDE, SIDE, rng) for number in divmod(label, pictures.CLASSES))
    share = rng.uniform(0.5, 0.65)
    picture = (share * front + (1 - share) * back) / 255 + rng.normal(0, _GRAIN, front.shape)
    return np.asarray(np.rint(np.clip(picture, 0, 1) * 255), np.uint8)


def group(label: int) -> int:
    """The coarse class (0..19) of a class: five neighbours have the same."""
    return label // (CLASSES // GROUPS)
