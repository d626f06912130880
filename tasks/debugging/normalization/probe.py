"""Runs the submitted transforms, and training with them, and hands back plain arrays."""

import os
from typing import Any

import numpy as np
import torch


def transform(images: np.ndarray, part: int) -> np.ndarray:
    """`images` (n, 28, 28) uint8, one by one, through the transform for training (part 0) or validation (part 1)."""
    from PIL import Image

    from digits.transforms import get_transforms

    chosen = get_transforms()[part]
    return torch.stack([chosen(Image.fromarray(image)) for image in images]).numpy()


def train(epochs: int, batches: int, seed: int) -> dict[str, Any]:
    from digits.train import train

    model, history = train(os.environ["MNIST_ROOT"], epochs, batches, seed)
    state = list(model.state_dict().values())  # the counts of batch normalisation are the only integers
    return {
        "accuracies": np.array([float(epoch["val_accuracy"]) for epoch in history]),
        "weights": torch.cat([value.flatten() for value in state if value.is_floating_point()]).numpy(),
        "steps": torch.stack([value for value in state if not value.is_floating_point()]).numpy(),
    }
