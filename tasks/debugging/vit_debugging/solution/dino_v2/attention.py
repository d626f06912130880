"""Self-attention over all tokens."""

from torch import Tensor, nn


class Attention(nn.Module):
    """Tokens (B, N, dim) to tokens (B, N, dim), by `num_heads` heads of scaled dot-product attention."""

    def __init__(self, dim: int, num_heads: int = 8, qkv_bias: bool = True) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.scale = (dim // num_heads) ** -0.5
        self.qkv = nn.Linear(dim, 3 * dim, bias=qkv_bias)
        self.proj = nn.Linear(dim, dim)

    def weights_and_values(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """What each token attends to, (B, heads, N, N), and the values, (B, heads, N, dim / heads)."""
        batch, count, dim = x.shape
        qkv = self.qkv(x).reshape(batch, count, 3, self.num_heads, dim // self.num_heads).permute(2, 0, 3, 1, 4)
        query, key, value = qkv.unbind(0)
        weights = (query * self.scale @ key.transpose(-2, -1)).softmax(dim=-1)
        return weights, value

    def forward(self, x: Tensor) -> Tensor:
        weights, value = self.weights_and_values(x)
        x = (weights @ value).transpose(1, 2).flatten(2)
        return self.proj(x)
