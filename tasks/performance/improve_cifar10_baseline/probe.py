"""Reads the submitted checkpoint; the network is run elsewhere."""

from functools import cache

import numpy as np
import torch

CHECKPOINT = "checkpoints/best.pt"


def entries() -> dict[str, str]:
    """The type and the shape of every entry."""
    return {name: f"{value.dtype} {tuple(value.shape)}" for name, value in state().items()}


def floats() -> np.ndarray:
    """All floating point entries, flattened and joined in the order of their names."""
    return np.concatenate([state()[name].numpy().ravel() for name in sorted(state()) if state()[name].is_floating_point()])


@cache
def state() -> dict[str, torch.Tensor]:
    loaded = torch.load(CHECKPOINT, map_location="cpu", weights_only=True)["model_state_dict"]
    if not all(isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in loaded.items()):
        raise TypeError("model_state_dict holds something that is no tensor")
    return dict(loaded)
