"""Attention in three kinds, to learn from. This file is complete; grading uses its own copy of it.

The first two have a cache: `forward(x, cache)` takes new tokens x (batch, new, d_model) and what an earlier call returned as cache
(None at the start). It returns the outputs for the new tokens and the cache for the next call. A token attends to itself and to all
tokens before it.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rotary import rotary_tables, rotate

Cache = tuple[Tensor, Tensor]


def causal_mask(past: int, new: int) -> Tensor:
    """(new, past + new), True where the token of a row may look at the token of a column."""
    return torch.ones(new, past + new, dtype=torch.bool).tril(past)


class MultiHeadAttention(nn.Module):
    """Knows no positions. Keys and values are cached."""

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(d_model, 3 * d_model, bias=False)
        self.out = nn.Linear(d_model, d_model, bias=False)

    def forward(self, x: Tensor, cache: Cache | None = None) -> tuple[Tensor, Cache]:
        past = 0 if cache is None else cache[0].shape[2]
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.qkv(x).chunk(3, dim=-1))
        if cache is not None:
            k, v = torch.cat([cache[0], k], dim=2), torch.cat([cache[1], v], dim=2)
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=causal_mask(past, x.shape[1]))
        return self.out(mixed.transpose(1, 2).flatten(2)), (k, v)


class RotaryAttention(nn.Module):
    """Queries and keys are turned by their positions. Keys are cached as they were before that."""

    def __init__(self, d_model: int, heads: int, max_len: int = 1024) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(d_model, 3 * d_model, bias=False)
        self.out = nn.Linear(d_model, d_model, bias=False)
        self.cos, self.sin = rotary_tables(max_len, d_model // heads)

    def forward(self, x: Tensor, cache: Cache | None = None) -> tuple[Tensor, Cache]:
        past = 0 if cache is None else cache[0].shape[2]
        total = past + x.shape[1]
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.qkv(x).chunk(3, dim=-1))
        if cache is not None:
            k, v = torch.cat([cache[0], k], dim=2), torch.cat([cache[1], v], dim=2)
        turned_q = rotate(q, self.cos[past:total], self.sin[past:total])
        turned_k = rotate(k, self.cos[:total], self.sin[:total])
        mixed = F.scaled_dot_product_attention(turned_q, turned_k, v, attn_mask=causal_mask(past, x.shape[1]))
        return self.out(mixed.transpose(1, 2).flatten(2)), (k, v)


class DecoupledRotaryAttention(nn.Module):
    """Only `rotary_dim` further features of queries and keys carry positions, and all heads share those of the keys."""

    def __init__(self, d_model: int, heads: int, rotary_dim: int, max_len: int = 1024) -> None:
        super().__init__()
        self.heads, self.rotary_dim = heads, rotary_dim
        self.qkv = nn.Linear(d_model, 3 * d_model, bias=False)
        self.rotary_q = nn.Linear(d_model, heads * rotary_dim, bias=False)
        self.rotary_k = nn.Linear(d_model, rotary_dim, bias=False)
        self.out = nn.Linear(d_model, d_model, bias=False)
        self.cos, self.sin = rotary_tables(max_len, rotary_dim)

    def forward(self, x: Tensor) -> Tensor:
        length = x.shape[1]
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.qkv(x).chunk(3, dim=-1))
        turned_q = self.rotary_q(x).unflatten(-1, (self.heads, self.rotary_dim)).transpose(1, 2)
        turned_q = rotate(turned_q, self.cos[:length], self.sin[:length])
        turned_k = rotate(self.rotary_k(x), self.cos[:length], self.sin[:length])
        shared_k = turned_k.unsqueeze(1).expand(-1, self.heads, -1, -1)
        q, k = torch.cat([q, turned_q], dim=-1), torch.cat([k, shared_k], dim=-1)
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=causal_mask(0, length))
        return self.out(mixed.transpose(1, 2).flatten(2))
