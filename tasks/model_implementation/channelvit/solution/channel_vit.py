"""ChannelViT: a vision transformer whose tokens each stand for one patch of one channel.

Images come with any subset of the channels that the model knows: a microscope's stains, a satellite's bands.
"""

import torch
from torch import Tensor, nn

from vit_blocks import Block, truncated_normal


class PatchEmbedPerChannel(nn.Module):
    """Cuts every channel into patches and embeds each patch by itself.

    Args:
        img_size: height and width of the images, a multiple of `patch_size`.
        patch_size: height and width of a patch.
        in_chans: how many different channels there are; channel indices go from 0 to in_chans - 1.
        embed_dim: length of a token.
    """

    def __init__(self, img_size: int, patch_size: int, in_chans: int, embed_dim: int) -> None:
        super().__init__()
        self.num_patches = (img_size // patch_size) ** 2
        self.proj = nn.Conv2d(1, embed_dim, kernel_size=patch_size, stride=patch_size)
        self.channel_embed = truncated_normal(in_chans, embed_dim)

    def forward(self, x: Tensor, channels: Tensor) -> Tensor:
        """x (B, C, H, W), channels (B, C) int64 -> tokens (B, C * num_patches, embed_dim)."""
        batch, count, height, width = x.shape
        patches = self.proj(x.reshape(batch * count, 1, height, width)).flatten(2).transpose(1, 2)
        patches = patches.reshape(batch, count, self.num_patches, -1)
        return (patches + self.channel_embed[channels].unsqueeze(2)).flatten(1, 2)


class ChannelViT(nn.Module):
    def __init__(
        self,
        img_size: int = 224,
        patch_size: int = 16,
        in_chans: int = 6,
        embed_dim: int = 384,
        depth: int = 12,
        num_heads: int = 6,
    ) -> None:
        super().__init__()
        self.patch_embed = PatchEmbedPerChannel(img_size, patch_size, in_chans, embed_dim)
        self.cls_token = truncated_normal(1, 1, embed_dim)
        self.pos_embed = truncated_normal(1, self.patch_embed.num_patches + 1, embed_dim)
        self.blocks = nn.ModuleList(Block(embed_dim, num_heads) for _ in range(depth))
        self.norm = nn.LayerNorm(embed_dim)

    def prepare_tokens(self, x: Tensor, channels: Tensor) -> Tensor:
        """x (B, C, H, W), channels (B, C) int64 -> (B, 1 + C * num_patches, embed_dim), what the first block gets."""
        patches = self.patch_embed(x, channels)
        patches = patches + self.pos_embed[:, 1:].repeat(1, x.shape[1], 1)
        cls = (self.cls_token + self.pos_embed[:, :1]).expand(len(x), -1, -1)
        return torch.cat([cls, patches], dim=1)

    def forward(self, x: Tensor, channels: Tensor) -> Tensor:
        """x (B, C, H, W), channels (B, C) int64 -> (B, embed_dim), the class token after the last block."""
        tokens = self.prepare_tokens(x, channels)
        for block in self.blocks:
            tokens = block(tokens)
        return self.norm(tokens)[:, 0]
