"""Cuts images into patches and projects each to a token."""

import torch.nn.functional as F
from torch import Tensor, nn

Size = int | tuple[int, int]


def make_2tuple(size: Size) -> tuple[int, int]:
    """(height, width) from a pair, or from one number for both."""
    if isinstance(size, int):
        return size, size
    height, width = size
    return int(height), int(width)


class PatchEmbed(nn.Module):
    """Images (B, in_chans, H, W) to tokens (B, rows * columns, embed_dim), row by row.

    With `dynamic_patch_size` the patches have that size, and the kernel is the trained one, resampled.
    """

    def __init__(self, img_size: Size = 224, patch_size: Size = 16, in_chans: int = 3, embed_dim: int = 768) -> None:
        super().__init__()
        self.img_size = make_2tuple(img_size)
        self.patch_size = make_2tuple(patch_size)
        self.grid_size = (self.img_size[0] // self.patch_size[0], self.img_size[1] // self.patch_size[1])
        self.num_patches = self.grid_size[0] * self.grid_size[1]
        self.proj = nn.Conv2d(in_chans, embed_dim, kernel_size=self.patch_size, stride=self.patch_size)

    def forward(self, x: Tensor, dynamic_patch_size: Size | None = None) -> Tensor:
        size = self.patch_size if dynamic_patch_size is None else make_2tuple(dynamic_patch_size)
        height, width = x.shape[-2:]
        if height % size[0] or width % size[1]:
            raise ValueError(f"an image of {height} x {width} pixels cannot be cut into patches of {size[0]} x {size[1]}")
        x = F.conv2d(x, self.kernel(size), self.proj.bias, stride=size)
        return x.flatten(2).transpose(1, 2)

    def kernel(self, size: tuple[int, int]) -> Tensor:
        """The projection's kernel for patches of this size, scaled so that an even surface gives the same token."""
        if size == self.patch_size:
            return self.proj.weight
        scale = (self.patch_size[0] * self.patch_size[1]) / (size[0] * size[1])
        return F.interpolate(self.proj.weight, size=size, mode="bicubic", align_corners=False) * scale
