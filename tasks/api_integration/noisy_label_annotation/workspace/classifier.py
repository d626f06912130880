"""The classifier whose errors are looked for: it tells zeros from ones by the upper part of an image."""

import os
from pathlib import Path

import numpy as np


def scores(images: np.ndarray) -> np.ndarray:
    """Scores (n, 2) of images (n, 28, 28) with values in [0, 1]; their softmax are the probabilities."""
    given = np.load(Path(os.environ["ASSET_DIGIT_CLASSIFIER"]) / "classifier.npz")
    pooled = images[:, :12].reshape(-1, 3, 4, 7, 4).mean(axis=(2, 4))
    return pooled.reshape(-1, 21) @ given["weight"].T + given["bias"]
