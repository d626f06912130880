"""LoRA: a linear layer whose large weight is frozen, with a trained correction of low rank beside it."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class LoraLinear(nn.Module):
    """y = x W^T + bias + (alpha / rank) * x A^T B^T

    Args:
        in_features: length of an input vector.
        out_features: length of an output vector.
        rank: number of rows of A and of columns of B.
        alpha: strength of the correction, relative to the rank.
        bias: whether there is a bias.
    """

    def __init__(self, in_features: int, out_features: int, rank: int, alpha: float, bias: bool = True) -> None:
        super().__init__()
        self.rank = rank
        self.alpha = alpha
        self.merged = False
        self.linear = nn.Linear(in_features, out_features, bias=bias)
        self.linear.weight.requires_grad_(False)
        self.lora_A = nn.Parameter(torch.randn(rank, in_features) * rank**-0.5)
        self.lora_B = nn.Parameter(torch.zeros(out_features, rank))

    @property
    def scale(self) -> float:
        return self.alpha / self.rank

    def forward(self, x: Tensor) -> Tensor:
        """x (..., in_features) -> (..., out_features)."""
        y = self.linear(x)
        if self.merged:
            return y
        return y + self.scale * F.linear(F.linear(x, self.lora_A), self.lora_B)

    @torch.no_grad()
    def merge(self) -> None:
        """Adds the correction to the large weight, so that `forward` costs no more than a plain linear layer."""
        if not self.merged:
            self.linear.weight += self.scale * (self.lora_B @ self.lora_A)
            self.merged = True

    @torch.no_grad()
    def unmerge(self) -> None:
        """Takes it out again."""
        if self.merged:
            self.linear.weight -= self.scale * (self.lora_B @ self.lora_A)
            self.merged = False
