"""Latent attention written a second time, for comparison: position by position, in float64, from the weights alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Geometry:
    d_model: int
    heads: int
    max_len: int
    base: float

    @property
    def head_dim(self) -> int:
        return self.d_model // self.heads

    @property
    def half(self) -> int:
        """Features of a head that carry positions; as many do not."""
        return self.head_dim // 2

    @property
    def latent(self) -> int:
        return 2 * self.d_model // 3

    @property
    def cached(self) -> int:
        return self.latent + self.half

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Name -> shape of every parameter."""
        short = self.d_model // 2
        return {
            "down_q.weight": (short, self.d_model),
            "norm_q.weight": (short,),
            "norm_q.bias": (short,),
            "up_q.weight": (self.d_model, short),
            "down_kv.weight": (self.cached, self.d_model),
            "norm_kv.weight": (self.latent,),
            "norm_kv.bias": (self.latent,),
            "up_kv.weight": (self.heads * (self.half + self.head_dim), self.latent),
            "out.weight": (self.d_model, self.d_model),
        }


class Reference:
    def __init__(self, geometry: Geometry, weights: Mapping[str, np.ndarray]) -> None:
        self.geometry = geometry
        self.weights = {name: torch.from_numpy(w).double().requires_grad_() for name, w in weights.items()}

    def run(self, x: np.ndarray, cache: np.ndarray) -> tuple[Tensor, Tensor]:
        """(batch, new, d_model), (batch, past, cached) -> outputs (batch, new, d_model), cache (batch, past + new, cached)."""
        tokens, past = torch.from_numpy(x).double(), cache.shape[1]
        rows = torch.cat([torch.from_numpy(cache).double(), tokens @ self.weights["down_kv.weight"].T], dim=1)
        queries = self._norm("norm_q", tokens @ self.weights["down_q.weight"].T) @ self.weights["up_q.weight"].T
        outputs = [self._attend(queries[:, i], rows[:, : past + i + 1]) for i in range(x.shape[1])]
        return torch.stack(outputs, dim=1) @ self.weights["out.weight"].T, rows

    def gradients(self, x: np.ndarray, cache: np.ndarray, factor: np.ndarray) -> dict[str, np.ndarray]:
        """Of the sum of outputs * factor, for all parameters."""
        total = (self.run(x, cache)[0] * torch.from_numpy(factor)).sum()
        found = torch.autograd.grad(total, list(self.weights.values()))
        return {name: gradient.numpy() for name, gradient in zip(self.weights, found, strict=True)}

    def _attend(self, query: Tensor, rows: Tensor) -> Tensor:
        """The last of the tokens that `rows` (batch, seen, cached) stand for looks at all of them: (batch, d_model)."""
        g, seen = self.geometry, rows.shape[1]
        latent, shared = rows[..., : g.latent], rows[..., g.latent :]
        pairs = (self._norm("norm_kv", latent) @ self.weights["up_kv.weight"].T).unflatten(-1, (g.heads, -1))
        keys, values = pairs[..., : g.half], pairs[..., g.half :]
        plain, turned = query.unflatten(-1, (g.heads, 2, g.half)).unbind(-2)
        places = torch.arange(seen)
        scores = torch.einsum("bhd,bshd->bhs", plain, keys)
        # Turning the query back by the distance is the same as turning both ends by their positions.
        scores = scores + torch.einsum("bhsd,bsd->bhs", self._turn(turned, seen - 1 - places), shared)
        weights = (scores / g.head_dim**0.5).softmax(dim=-1)
        return torch.einsum("bhs,bshd->bhd", weights, values).flatten(1)

    def _turn(self, x: Tensor, positions: Tensor) -> Tensor:
        """(batch, heads, dim), (n,) -> (batch, heads, n, dim)."""
        half = x.shape[-1] // 2
        angles = positions[:, None] * self.geometry.base ** (-torch.arange(half, dtype=torch.float64) / half)
        pairs = torch.view_as_complex(torch.stack(x.chunk(2, dim=-1), dim=-1))
        turned = pairs[:, :, None] * torch.polar(torch.ones_like(angles), angles)
        return torch.cat([turned.real, turned.imag], dim=-1)

    def _norm(self, name: str, x: Tensor) -> Tensor:
        centred = x - x.mean(-1, keepdim=True)
        scaled = centred / (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt()
        return scaled * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]
