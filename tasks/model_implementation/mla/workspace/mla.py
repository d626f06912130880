"""Multi-head latent attention: a short vector per token is cached instead of the keys and values of all heads."""

from torch import Tensor, nn

from rotary import rotary_tables


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
        # To be written.
