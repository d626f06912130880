"""Multi-head latent attention: a short vector per token is cached instead of the keys and values of all heads."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from attention import causal_mask
from rotary import rotary_tables, rotate


class MLA(nn.Module):
    """Multi-head latent attention with decoupled rotary positions.

    Args:
        d_model: length of a token, divisible by `heads`.
        heads: number of heads; d_model // heads is divisible by 4.
        max_len: the largest number of positions.
        base: base of the rotary frequencies.
    """

    def __init__(self, d_model: int, heads: int, max_len: int = 1024, base: float = 10_000.0) -> None:
        super().__init__()
        self.heads = heads
        self.head_dim = d_model // heads
        self.plain_dim = self.rotary_dim = self.head_dim // 2
        self.q_latent = d_model // 2
        self.kv_latent = 2 * d_model // 3
        self.down_q = nn.Linear(d_model, self.q_latent, bias=False)
        self.norm_q = nn.LayerNorm(self.q_latent)
        self.up_q = nn.Linear(self.q_latent, heads * (self.plain_dim + self.rotary_dim), bias=False)
        self.down_kv = nn.Linear(d_model, self.kv_latent + self.rotary_dim, bias=False)
        self.norm_kv = nn.LayerNorm(self.kv_latent)
        self.up_kv = nn.Linear(self.kv_latent, heads * (self.plain_dim + self.head_dim), bias=False)
        self.out = nn.Linear(heads * self.head_dim, d_model, bias=False)
        cos, sin = rotary_tables(max_len, self.rotary_dim, base)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def forward(self, x: Tensor, cache: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """New tokens attend to themselves, to each other and to the cached ones.

        Args:
            x: the new tokens (batch, new, d_model).
            cache: what the call before returned (batch, past, kv_latent + rotary_dim), or None.

        Returns:
            The outputs for the new tokens (batch, new, d_model), and the cache (batch, past + new, kv_latent + rotary_dim).
        """
        new = self.down_kv(x)
        past = 0 if cache is None else cache.shape[1]
        cache = new if cache is None else torch.cat([cache, new], dim=1)
        total = cache.shape[1]
        latent, shared = cache.split([self.kv_latent, self.rotary_dim], dim=-1)

        q = self._split_heads(self.up_q(self.norm_q(self.down_q(x))))
        q_plain, q_rotary = q.split([self.plain_dim, self.rotary_dim], dim=-1)
        k_plain, v = self._split_heads(self.up_kv(self.norm_kv(latent))).split([self.plain_dim, self.head_dim], dim=-1)
        q_rotary = rotate(q_rotary, self.cos[past:total], self.sin[past:total])
        k_rotary = rotate(shared, self.cos[:total], self.sin[:total])

        q = torch.cat([q_plain, q_rotary], dim=-1)
        k = torch.cat([k_plain, k_rotary.unsqueeze(1).expand(-1, self.heads, -1, -1)], dim=-1)
        mask = causal_mask(past, x.shape[1])
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return self.out(mixed.transpose(1, 2).flatten(2)), cache

    def _split_heads(self, x: Tensor) -> Tensor:
        """(batch, length, heads * dim) -> (batch, heads, length, dim)."""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)
