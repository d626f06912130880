"""The vision transformer as the instruction describes it, written with functions on a dictionary of weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

Pair = tuple[int, int]
EPS = 1e-6


@dataclass(frozen=True)
class Geometry:
    img_size: Pair
    patch_size: Pair
    embed_dim: int
    depth: int
    num_heads: int
    ffn_layer: str
    num_register_tokens: int
    in_chans: int = 3
    mlp_ratio: int = 4

    @property
    def grid(self) -> Pair:
        return self.img_size[0] // self.patch_size[0], self.img_size[1] // self.patch_size[1]

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of all parameters."""
        dim, registers = self.embed_dim, self.num_register_tokens
        found: dict[str, tuple[int, ...]] = {
            "cls_token": (1, 1, dim),
            "pos_embed": (1, 1 + self.grid[0] * self.grid[1], dim),
            "mask_token": (1, dim),
            "patch_embed.proj.weight": (dim, self.in_chans, *self.patch_size),
            "patch_embed.proj.bias": (dim,),
            "norm.weight": (dim,),
            "norm.bias": (dim,),
        }
        if registers:
            found["register_tokens"] = (1, registers, dim)
        for index in range(self.depth):
            found |= {f"blocks.{index}.{name}": shape for name, shape in self._block()}
        return found

    def _block(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        dim, hidden = self.embed_dim, self.mlp_ratio * self.embed_dim
        widths = {"mlp": ("fc1", hidden, "fc2"), "swiglu": ("w12", 2 * hidden, "w3")}
        first, width, second = widths[self.ffn_layer]
        linear = {
            "attn.qkv": (3 * dim, dim),
            "attn.proj": (dim, dim),
            f"mlp.{first}": (width, dim),
            f"mlp.{second}": (dim, hidden),
        }
        for name, shape in linear.items():
            yield f"{name}.weight", shape
            yield f"{name}.bias", shape[:1]
        for name in ("norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias", "ls1.gamma", "ls2.gamma"):
            yield name, (dim,)


class Reference:
    """`patch` is the dynamic patch size, as a pair, or None."""

    def __init__(self, geometry: Geometry, weights: Mapping[str, np.ndarray]) -> None:
        self.geometry = geometry
        self.weights = {name: torch.from_numpy(value) for name, value in weights.items()}

    def tokens(self, images: Tensor, masks: Tensor | None, patch: Pair | None) -> Tensor:
        w, own = self.weights, self.geometry.patch_size
        size = patch or own
        kernel = w["patch_embed.proj.weight"]
        if size != own:
            resized = F.interpolate(kernel, size=size, mode="bicubic", align_corners=False)
            kernel = resized * (own[0] * own[1]) / (size[0] * size[1])
        pieces = F.unfold(images, size, stride=size).transpose(1, 2)
        patches = pieces @ kernel.flatten(1).T + w["patch_embed.proj.bias"]
        if masks is not None:
            patches = patches * ~masks[..., None] + w["mask_token"] * masks[..., None]
        patches = patches + self._table((images.shape[2] // size[0], images.shape[3] // size[1]))
        first = (w["cls_token"] + w["pos_embed"][:, :1]).expand(len(images), -1, -1)
        registers = w.get("register_tokens", patches[:1, :0]).expand(len(images), -1, -1)
        return torch.cat([first, registers, patches], dim=1)

    def layers(self, images: Tensor, masks: Tensor | None, patch: Pair | None) -> list[Tensor]:
        """The tokens before the first block and after every block."""
        found = [self.tokens(images, masks, patch)]
        for index in range(self.geometry.depth):
            found.append(self._block(index, found[-1]))
        return found

    def norm(self, x: Tensor, name: str = "norm") -> Tensor:
        centred = x - x.mean(-1, keepdim=True)
        scaled = centred / (centred.square().mean(-1, keepdim=True) + EPS).sqrt()
        return scaled * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]

    def attention(self, index: int, x: Tensor) -> Tensor:
        """What each token attends to in a block that sees `x`, (B, heads, N, N)."""
        query, key, _ = self._heads(index, x)
        return (query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5).softmax(-1)

    def _table(self, grid: Pair) -> Tensor:
        table = self.weights["pos_embed"][:, 1:]
        if grid == self.geometry.grid:
            return table
        picture = table.reshape(1, *self.geometry.grid, -1).permute(0, 3, 1, 2)
        return F.interpolate(picture, size=grid, mode="bicubic", align_corners=False).flatten(2).transpose(1, 2)

    def _linear(self, name: str, x: Tensor) -> Tensor:
        return x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def _heads(self, index: int, x: Tensor) -> tuple[Tensor, ...]:
        """Queries, keys and values, (B, heads, N, dim / heads) each."""
        qkv = self._linear(f"blocks.{index}.attn.qkv", self.norm(x, f"blocks.{index}.norm1"))
        return tuple(part.unflatten(2, (self.geometry.num_heads, -1)).transpose(1, 2) for part in qkv.chunk(3, dim=-1))

    def _block(self, index: int, x: Tensor) -> Tensor:
        name = f"blocks.{index}"
        mixed = (self.attention(index, x) @ self._heads(index, x)[2]).transpose(1, 2).flatten(2)
        x = x + self.weights[f"{name}.ls1.gamma"] * self._linear(f"{name}.attn.proj", mixed)
        y = self.norm(x, f"{name}.norm2")
        if self.geometry.ffn_layer == "mlp":
            y = self._linear(f"{name}.mlp.fc2", F.gelu(self._linear(f"{name}.mlp.fc1", y)))
        else:
            gate, value = self._linear(f"{name}.mlp.w12", y).chunk(2, dim=-1)
            y = self._linear(f"{name}.mlp.w3", F.silu(gate) * value)
        return x + self.weights[f"{name}.ls2.gamma"] * y
