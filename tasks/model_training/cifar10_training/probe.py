"""Counts a submitted checkpoint's parameters, loads it into the submitted model and has that score images."""

from functools import cache
from typing import Any

import numpy as np
import torch

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def parameters(path: str) -> int:
    return sum(value.numel() for value in state(path).values())


@cache
def state(path: str) -> dict[str, torch.Tensor]:
    loaded: Any = torch.load(path, map_location="cpu", weights_only=True)
    tensors = loaded["model_state_dict"]
    if not all(isinstance(value, torch.Tensor) for value in tensors.values()):
        raise TypeError("model_state_dict holds something that is no tensor")
    return dict(tensors)


@cache
def model(path: str) -> torch.nn.Module:
    from model import build_model

    built = build_model()
    built.load_state_dict(state(path), strict=True)
    return built.to(DEVICE).eval()


def predict(path: str, images: np.ndarray) -> np.ndarray:
    """Scores (n, classes) for uint8 images (n, 32, 32, 3)."""
    pixels = torch.from_numpy(images.copy()).permute(0, 3, 1, 2).float() / 255
    with torch.no_grad():
        return torch.cat([model(path)(batch.to(DEVICE)).float().cpu() for batch in pixels.split(100)]).numpy()
