"""Counts the submitted checkpoint's parameters, loads it into the submitted model and has that score images."""

from functools import cache

import numpy as np
import torch

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def parameters() -> int:
    """Nothing of the submission's code has been imported when this is called."""
    return sum(value.numel() for value in state().values())


@cache
def state() -> dict[str, torch.Tensor]:
    loaded = torch.load("checkpoints/best.pt", map_location="cpu", weights_only=True)["model_state_dict"]
    if not all(isinstance(value, torch.Tensor) for value in loaded.values()):
        raise TypeError("model_state_dict holds something that is no tensor")
    return dict(loaded)


@cache
def model() -> torch.nn.Module:
    from model import build_model

    built = build_model()
    built.load_state_dict(state(), strict=True)
    return built.to(DEVICE).eval()


def predict(images: np.ndarray) -> np.ndarray:
    """Scores (n, classes) for uint8 images (n, 32, 32, 3)."""
    pixels = torch.from_numpy(images.copy()).permute(0, 3, 1, 2).float() / 255
    with torch.no_grad():
        return torch.cat([model()(batch.to(DEVICE)).float().cpu() for batch in pixels.split(64)]).numpy()
