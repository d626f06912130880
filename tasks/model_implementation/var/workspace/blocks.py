"""Transformer blocks whose normalisation a condition sets (AdaLN), and attention that can remember keys and values."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Attention(nn.Module):
    """Self-attention over several heads. With caching on, the tokens of a call see those of all calls before it as well."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.caching = False
        self.keys: Tensor | None = None
        self.values: Tensor | None = None

    def cache(self, on: bool) -> None:
        """Switches caching on or off; what was remembered is forgotten either way."""
        self.caching, self.keys, self.values = on, None, None

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """x (batch, n, width); mask: True where a token (a row) may see another (a column), None: all see all."""
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.qkv(x).chunk(3, dim=-1))
        if self.caching:
            if self.keys is not None and self.values is not None:
                k, v = torch.cat([self.keys, k], dim=2), torch.cat([self.values, v], dim=2)
            self.keys, self.values = k, v
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return self.out(mixed.transpose(1, 2).flatten(2))


class Modulation(nn.Module):
    """`count` vectors (batch, 1, width) that follow from a condition (batch, width)."""

    def __init__(self, width: int, count: int) -> None:
        super().__init__()
        self.count = count
        self.linear = nn.Linear(width, count * width)

    def forward(self, condition: Tensor) -> tuple[Tensor, ...]:
        return self.linear(F.silu(condition))[:, None].chunk(self.count, dim=-1)


def normalise(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    return F.layer_norm(x, x.shape[-1:]) * (1 + scale) + shift


class Block(nn.Module):
    """Attention and a feed-forward net on x (batch, n, width), under a condition (batch, width)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attention = Attention(width, heads)
        self.net = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.modulation = Modulation(width, 6)

    def forward(self, x: Tensor, condition: Tensor, mask: Tensor | None = None) -> Tensor:
        scale_a, shift_a, gate_a, scale_n, shift_n, gate_n = self.modulation(condition)
        x = x + gate_a * self.attention(normalise(x, scale_a, shift_a), mask)
        return x + gate_n * self.net(normalise(x, scale_n, shift_n))


class Head(nn.Module):
    """Scores (batch, n, vocabulary) of x (batch, n, width), under a condition (batch, width)."""

    def __init__(self, width: int, vocabulary: int) -> None:
        super().__init__()
        self.modulation = Modulation(width, 2)
        self.linear = nn.Linear(width, vocabulary)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        return self.linear(normalise(x, *self.modulation(condition)))
