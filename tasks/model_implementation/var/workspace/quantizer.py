"""A map of features as tokens on several scales: each scale describes what those before it left over."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Quantizer(nn.Module):
    """Residual vector quantisation with one codebook for all levels.

    Args:
        sizes: the side of each level's map, ascending from 1; level k has sizes[k] ** 2 tokens, row by row.
        vocabulary: number of codes.
        channels: features of a code.
    """

    def __init__(self, sizes: tuple[int, ...], vocabulary: int, channels: int) -> None:
        super().__init__()
        self.sizes = sizes
        self.codebook = nn.Embedding(vocabulary, channels)
        self.refine = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in sizes)

    def part(self, level: int, tokens: Tensor) -> Tensor:
        """What the tokens (batch, sizes[level] ** 2) of a level add to the map: (batch, channels, side, side), side = sizes[-1]."""
        small = self.codebook(tokens).transpose(1, 2).unflatten(-1, (self.sizes[level], self.sizes[level]))
        large = F.interpolate(small, size=(self.sizes[-1], self.sizes[-1]), mode="bicubic")
        return (large + self.refine[level](large)) / 2

    def shrink(self, total: Tensor, level: int) -> Tensor:
        """A map (batch, channels, side, side) as the vectors (batch, sizes[level] ** 2, channels) that level `level` starts from."""
        return F.interpolate(total, size=(self.sizes[level], self.sizes[level]), mode="area").flatten(2).transpose(1, 2)

    @torch.no_grad()
    def encode(self, features: Tensor) -> list[Tensor]:
        """The tokens of each level for a map (batch, channels, side, side)."""
        left, found = features, []
        for level in range(len(self.sizes)):
            found.append(torch.cdist(self.shrink(left, level), self.codebook.weight[None]).argmin(-1))
            left = left - self.part(level, found[-1])
        return found

    def teacher_inputs(self, tokens: list[Tensor]) -> Tensor:
        """For all levels but the first: the map of all levels before it, at its size; (batch, sum of sizes[1:] ** 2, channels)."""
        total, rows = torch.zeros(()), []
        for level in range(len(self.sizes) - 1):
            total = total + self.part(level, tokens[level])
            rows.append(self.shrink(total, level + 1))
        return torch.cat(rows, dim=1)
