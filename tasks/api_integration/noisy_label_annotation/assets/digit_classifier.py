"""`classifier.npz`: weights of a weak classifier of zeros and ones, which is wrong now and then, and sometimes sure of it.

It has learnt from drawn digits, in both profiles, and looks at the upper part of an image only: `weight` (2, 21) and `bias` (2,),
both float32.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mldevbench.data.generators import digits

SEED, COUNT, STEPS, RATE = 907, 400, 150, 3.0
ROWS = 12


def build(profile: str, destination: Path) -> None:
    rng = np.random.default_rng(SEED)
    labels = rng.integers(2, size=COUNT)
    pixels = digits.draw(labels, rng) / 255
    x = pixels[:, :ROWS].reshape(COUNT, 3, 4, 7, 4).mean(axis=(2, 4)).reshape(COUNT, 21)
    w, b = np.zeros(21), 0.0  # of the odds of a one
    for _ in range(STEPS):
        error = 1 / (1 + np.exp(-(x @ w + b))) - labels
        w, b = w - RATE * x.T @ error / COUNT, b - RATE * error.mean()
    np.savez(
        destination / "classifier.npz",
        weight=np.stack([-w, w]).astype(np.float32) / 2,
        bias=np.array([-b, b], np.float32) / 2,
    )
