"""The network of classifier_model.py, written with functions, for all ways in which its map may reach `fc`."""

from collections.abc import Mapping

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

CHANNELS, POOLED, CLASSES = 128, 112, 10
CONVOLUTIONS = {
    "conv1.weight": (16, 3, 3, 3),
    "conv1.bias": (16,),
    "conv2.weight": (CHANNELS, 16, 3, 3),
    "conv2.bias": (CHANNELS,),
}
SHRINK = {"average": F.adaptive_avg_pool2d, "maximum": F.adaptive_max_pool2d}


def shapes(grid: int) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the parameters when `fc` sees a map of `grid` x `grid` places."""
    return CONVOLUTIONS | {"fc.weight": (CLASSES, CHANNELS * grid * grid), "fc.bias": (CLASSES,)}


def scores(weights: Mapping[str, Tensor], images: np.ndarray) -> dict[str, Tensor]:
    """(B, CLASSES) by kind of pooling, for images (B, 3, 224, 224); the grid follows from the shape of `fc.weight`."""
    grid = round((weights["fc.weight"].shape[1] / CHANNELS) ** 0.5)
    x = F.relu(F.conv2d(torch.from_numpy(images), weights["conv1.weight"], weights["conv1.bias"], padding=1))
    x = F.relu(F.conv2d(x, weights["conv2.weight"], weights["conv2.bias"], padding=1))
    x = F.max_pool2d(x, 2)
    maps = {"none": x} if grid == POOLED else {kind: shrink(x, grid) for kind, shrink in SHRINK.items()}
    return {kind: F.linear(x.flatten(1), weights["fc.weight"], weights["fc.bias"]) for kind, x in maps.items()}


def gradients(weights: Mapping[str, Tensor], images: np.ndarray, factor: np.ndarray, shrink: str) -> dict[str, np.ndarray]:
    """Of the sum of scores * factor, for the parameters of the convolutions."""
    leaves = {name: value.clone().requires_grad_(name in CONVOLUTIONS) for name, value in weights.items()}
    total = (scores(leaves, images)[shrink] * torch.from_numpy(factor)).sum()
    found = torch.autograd.grad(total, [leaves[name] for name in CONVOLUTIONS])
    return {name: value.numpy() for name, value in zip(CONVOLUTIONS, found, strict=True)}
