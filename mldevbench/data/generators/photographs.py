"""The made-up classes as files, as a camera would leave them: JPEG, wide or tall."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from mldevbench.data.generators import pictures


def photograph(label: int, short: int, long: int, rng: np.random.Generator) -> bytes:
    """A picture of class `label`, its shorter side `short` pixels, the other less than `long`; three of four are wide."""
    longer = int(rng.integers(short, long))
    height, width = (short, longer) if rng.random() < 0.75 else (longer, short)
    data = io.BytesIO()
    Image.fromarray(pictures.draw(label, height, width, rng)).save(data, "JPEG", quality=85)
    return data.getvalue()
