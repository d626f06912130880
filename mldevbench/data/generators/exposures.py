"""Makes classes harder to tell apart: one picture over another, in colours that say nothing, with grain."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def blend(
    front: npt.NDArray[np.uint8],
    back: npt.NDArray[np.uint8],
    weight: tuple[float, float],
    rng: np.random.Generator,
    *,
    grain: float = 0.08,
) -> npt.NDArray[np.uint8]:
    """`front` exposed over `back` (both (height, width, 3)); the share of `front` is drawn from the range `weight`.

    `grain` is the standard deviation of the noise of each pixel, white being 1.
    """
    share = rng.uniform(*weight)
    picture = (share * front + (1 - share) * back) / 255
    picture = picture @ rng.dirichlet(np.ones(3), 3).T  # each channel becomes a random mixture of the three
    picture += rng.normal(0, grain, picture.shape)
    return np.asarray(np.rint(np.clip(picture, 0, 1) * 255), np.uint8)
