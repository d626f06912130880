"""LoRA: a linear layer whose large weight is frozen, with a trained correction of low rank beside it."""

from torch import Tensor, nn


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
        # To be written.

    def forward(self, x: Tensor) -> Tensor:
        """x (..., in_features) -> (..., out_features)."""
        # To be written.

    def merge(self) -> None:
        """Adds the correction to the large weight, so that `forward` costs no more than a plain linear layer."""
        # To be written.

    def unmerge(self) -> None:
        """Takes it out again."""
        # To be written.
