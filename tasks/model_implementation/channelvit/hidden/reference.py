"""ChannelViT written a second time, for comparison: functions of the weights, in float64, without the modules that tasks use."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

Geometry = Mapping[str, int]


def shapes(g: Geometry) -> dict[str, tuple[int, ...]]:
    """Name -> shape of every parameter of the model."""
    dim, patches = g["embed_dim"], (g["img_size"] // g["patch_size"]) ** 2
    found: dict[str, tuple[int, ...]] = {
        "cls_token": (1, 1, dim),
        "pos_embed": (1, patches + 1, dim),
        "patch_embed.channel_embed": (g["in_chans"], dim),
        "patch_embed.proj.weight": (dim, 1, g["patch_size"], g["patch_size"]),
        "patch_embed.proj.bias": (dim,),
    }
    norm = {"weight": (dim,), "bias": (dim,)}
    linear = {"attention.qkv": (3 * dim, dim), "attention.out": (dim, dim), "mlp.0": (4 * dim, dim), "mlp.2": (dim, 4 * dim)}
    for index in range(g["depth"]):
        for name in ("norm1", "norm2"):
            found |= {f"blocks.{index}.{name}.{part}": shape for part, shape in norm.items()}
        for name, (rows, columns) in linear.items():
            found |= {f"blocks.{index}.{name}.weight": (rows, columns), f"blocks.{index}.{name}.bias": (rows,)}
    return found | {f"norm.{part}": shape for part, shape in norm.items()}


class Reference:
    def __init__(self, geometry: Geometry, weights: Mapping[str, np.ndarray]) -> None:
        self.geometry = geometry
        self.weights = {name: torch.from_numpy(w).double().requires_grad_() for name, w in weights.items()}

    def patches(self, images: np.ndarray, channels: np.ndarray) -> Tensor:
        """(B, C, H, W), (B, C) -> (B, C * patches, dim)."""
        size = self.geometry["patch_size"]
        x = torch.from_numpy(images).double()
        cut = x.unfold(2, size, size).unfold(3, size, size).reshape(*x.shape[:2], -1, size * size)
        kernel = self.weights["patch_embed.proj.weight"].reshape(-1, size * size)
        tokens = torch.einsum("bcnp,dp->bcnd", cut, kernel) + self.weights["patch_embed.proj.bias"]
        chosen = torch.nn.functional.one_hot(torch.from_numpy(channels), self.geometry["in_chans"]).double()
        rows = torch.einsum("bck,kd->bcd", chosen, self.weights["patch_embed.channel_embed"])
        return (tokens + rows[:, :, None]).flatten(1, 2)

    def tokens(self, images: np.ndarray, channels: np.ndarray) -> Tensor:
        """(B, 1 + C * patches, dim)."""
        places, cls = self.weights["pos_embed"][0], self.weights["cls_token"][0]
        patches = self.patches(images, channels)
        split = patches.unflatten(1, (channels.shape[1], -1)) + places[1:]
        first = (cls + places[:1]).expand(len(images), 1, -1)
        return torch.cat([first, split.flatten(1, 2)], dim=1)

    def output(self, images: np.ndarray, channels: np.ndarray) -> Tensor:
        """(B, dim)."""
        x = self.tokens(images, channels)
        for index in range(self.geometry["depth"]):
            name = f"blocks.{index}"
            x = x + self._attention(f"{name}.attention", self._norm(f"{name}.norm1", x))
            hidden = self._linear(f"{name}.mlp.0", self._norm(f"{name}.norm2", x))
            x = x + self._linear(f"{name}.mlp.2", hidden * 0.5 * (1 + torch.erf(hidden / 2**0.5)))
        return self._norm("norm", x)[:, 0]

    def gradients(self, images: np.ndarray, channels: np.ndarray, factor: np.ndarray) -> dict[str, np.ndarray]:
        """Of the sum of tokens * factor, for the parameters that it depends on."""
        total = (self.tokens(images, channels) * torch.from_numpy(factor)).sum()
        found = torch.autograd.grad(total, list(self.weights.values()), allow_unused=True)
        return {name: g.numpy() for name, g in zip(self.weights, found, strict=True) if g is not None}

    def _linear(self, name: str, x: Tensor) -> Tensor:
        return x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def _norm(self, name: str, x: Tensor) -> Tensor:
        centred = x - x.mean(-1, keepdim=True)
        scaled = centred / (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt()
        return scaled * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]

    def _attention(self, name: str, x: Tensor) -> Tensor:
        heads = self.geometry["num_heads"]
        q, k, v = (part.unflatten(-1, (heads, -1)).transpose(1, 2) for part in self._linear(f"{name}.qkv", x).chunk(3, dim=-1))
        scores = (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).softmax(dim=-1)
        return self._linear(f"{name}.out", (scores @ v).transpose(1, 2).flatten(2))
