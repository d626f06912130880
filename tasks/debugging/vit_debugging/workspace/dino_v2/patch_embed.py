"""Cuts images into patches and projects each to a token."""

from torch import Tensor, nn

from dino_v2.vision_transformer import Size, make_2tuple


class PatchEmbed(nn.Module):
    """Images (B, in_chans, H, W) to tokens (B, rows * columns, embed_dim), row by row.

    With `dynamic_patch_size` the patches have that size, and the kernel is the trained one, resampled.
    """

    def __init__(self, img_size: Size = 224, patch_size: Size = 16, in_chans: int = 3, embed_dim: int = 768) -> None:
        super().__init__()
        self.img_size = make_2tuple(img_size)
        self.patch_size = patch_size
        self.grid_size = (self.img_size[0] // self.patch_size[0], self.img_size[1] // self.patch_size[1])
        self.num_patches = self.grid_size[0] * self.grid_size[1]
        self.proj = nn.Conv2d(in_chans, embed_dim // 2, kernel_size=self.patch_size, stride=self.patch_size)

    def forward(self, x: Tensor, dynamic_patch_size: Size | None = None) -> Tensor:
        size = self.patch_size if dynamic_patch_size is None else make_2tuple(dynamic_patch_size)
        height, width = x.shape[-2:]
        if height % size[0] or width % size[1]:
            raise ValueError(f"an image of {height} x {width} pixels cannot be cut into patches of {size[0]} x {size[1]}")
        if size == self.patch_size:
            x = self.proj(x)
        else:
            x = nn.Conv2d(x.shape[1], self.proj.out_channels, kernel_size=size, stride=size)(x)
        return x.flatten(2).transpose(1, 2)
