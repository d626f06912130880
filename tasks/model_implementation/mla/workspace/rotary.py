"""Rotary positions: pairs of features are turned by an angle that grows with the position.

This file is complete; grading uses its own copy of it.
"""

import torch
from torch import Tensor


def rotary_tables(length: int, dim: int, base: float = 10_000.0) -> tuple[Tensor, Tensor]:
    """Cosines and sines, (length, dim // 2) each: at position p, pair i is turned by the angle p * base ** (-2 * i / dim)."""
    frequencies = base ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)
    angles = torch.arange(length, dtype=torch.float64)[:, None] * frequencies
    return angles.cos().float(), angles.sin().float()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turns x (..., length, dim) by tables (length, dim // 2). Feature i is paired with feature i + dim // 2."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)
