"""Runs the submitted function; this file shares its process with the agent's code, so nothing secret is in it."""

import numpy as np


def score(predicted: np.ndarray, labels: np.ndarray) -> float:
    from metrics import balanced_accuracy

    return float(balanced_accuracy(predicted, labels))
