"""One layer of the transformer."""

import torch
from torch import Tensor, nn

from dino_v2.attention import Attention
from dino_v2.mlp import Mlp
from dino_v2.swiglu_ffn import SwiGLUFFN

FEED_FORWARD = {"mlp": Mlp, "swiglu": SwiGLUFFN}


class LayerScale(nn.Module):
    """Multiplies every channel by a learnt factor."""

    def __init__(self, dim: int, init_values: float = 1e-5) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.full((dim,), init_values))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gamma


class Block(nn.Module):
    """Attention and a feed-forward layer ("mlp" or "swiglu"), each on normalised tokens, scaled, and added to what came in."""

    def __init__(self, dim: int, num_heads: int, mlp_ratio: float = 4.0, ffn_layer: str = "mlp") -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attn = Attention(dim, num_heads)
        self.ls1 = LayerScale(dim)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.mlp = FEED_FORWARD[ffn_layer](dim, int(dim * mlp_ratio))
        self.ls2 = LayerScale(dim)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.ls1(self.attn(self.norm1(x)))
        return x + self.ls2(self.mlp(self.norm2(x)))
