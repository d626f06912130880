"""Builds the submitted model and hands back its parameters, tokens, outputs and gradients as plain arrays."""

from typing import Any

import numpy as np
import torch

Arrays = dict[str, np.ndarray]


def describe(geometry: dict[str, int]) -> dict[str, Any]:
    model = _build(geometry)
    return {
        "parameters": {name: list(p.shape) for name, p in model.named_parameters()},
        "frozen": [name for name, p in model.named_parameters() if not p.requires_grad],
        "buffers": [name for name, _ in model.named_buffers()],
        "num_patches": int(model.patch_embed.num_patches),
        "channel_embed": _array(model.patch_embed.channel_embed),
    }


def run(geometry: dict[str, int], weights: Arrays, images: np.ndarray, channels: np.ndarray) -> Arrays:
    model, x, indices = _prepare(geometry, weights, images, channels)
    with torch.no_grad():
        patches, tokens, output = model.patch_embed(x, indices), model.prepare_tokens(x, indices), model(x, indices)
    return {"patches": _array(patches), "tokens": _array(tokens), "output": _array(output)}


def gradients(geometry: dict[str, int], weights: Arrays, images: np.ndarray, channels: np.ndarray, factor: np.ndarray) -> Arrays:
    """Of the sum of tokens * factor, for the parameters that make the tokens."""
    model, x, indices = _prepare(geometry, weights, images, channels)
    (model.prepare_tokens(x, indices) * torch.from_numpy(factor)).sum().backward()
    return {name: _array(p.grad) for name, p in model.named_parameters() if p.grad is not None}


def _build(geometry: dict[str, int]) -> Any:
    from channel_vit import ChannelViT

    return ChannelViT(**geometry).eval()


def _prepare(geometry: dict[str, int], weights: Arrays, images: np.ndarray, channels: np.ndarray) -> Any:
    model = _build(geometry)
    model.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()}, strict=True)
    return model, torch.from_numpy(images), torch.from_numpy(channels)


def _array(value: torch.Tensor) -> np.ndarray:
    return value.detach().to(torch.float32).numpy()
