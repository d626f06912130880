"""The vision transformer."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dino_v2.block import Block
from dino_v2.patch_embed import PatchEmbed, Size, make_2tuple


class DinoVisionTransformer(nn.Module):
    """Features of images (B, in_chans, H, W), whose sides need only be multiples of the patch's.

    Wherever `dynamic_patch_size` can be given, the images are cut into patches of that size in place of the model's own.
    """

    def __init__(
        self,
        img_size: Size = 224,
        patch_size: Size = 16,
        in_chans: int = 3,
        embed_dim: int = 768,
        depth: int = 12,
        num_heads: int = 12,
        mlp_ratio: float = 4.0,
        ffn_layer: str = "mlp",
        num_register_tokens: int = 0,
    ) -> None:
        super().__init__()
        self.embed_dim = embed_dim
        self.num_register_tokens = num_register_tokens
        self.patch_embed = PatchEmbed(img_size, patch_size, in_chans, embed_dim)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, embed_dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + self.patch_embed.num_patches, embed_dim))
        self.register_tokens = nn.Parameter(torch.zeros(1, num_register_tokens, embed_dim)) if num_register_tokens else None
        self.mask_token = nn.Parameter(torch.zeros(1, embed_dim))
        self.blocks = nn.ModuleList(Block(embed_dim, num_heads, mlp_ratio, ffn_layer) for _ in range(depth))
        self.norm = nn.LayerNorm(embed_dim, eps=1e-6)
        for table in (self.cls_token, self.pos_embed, self.register_tokens):
            if table is not None:
                nn.init.trunc_normal_(table, std=0.02)

    def grid(self, x: Tensor, dynamic_patch_size: Size | None = None) -> tuple[int, int]:
        """Rows and columns of patches in the images `x`."""
        size = self.patch_embed.patch_size if dynamic_patch_size is None else make_2tuple(dynamic_patch_size)
        return x.shape[-2] // size[0], x.shape[-1] // size[1]

    def interpolate_pos_encoding(self, x: Tensor, dynamic_patch_size: Size | None = None) -> Tensor:
        """The entries of `pos_embed` for the class token and the patches of `x`, (1, 1 + rows * columns, embed_dim)."""
        grid = self.grid(x, dynamic_patch_size)
        if grid == self.patch_embed.grid_size:
            return self.pos_embed
        first, patches = self.pos_embed[:, :1], self.pos_embed[:, 1:]
        table = patches.transpose(1, 2).unflatten(2, self.patch_embed.grid_size)
        table = F.interpolate(table, size=grid, mode="bicubic", align_corners=False)
        return torch.cat([first, table.flatten(2).transpose(1, 2)], dim=1)

    def prepare_tokens(self, x: Tensor, masks: Tensor | None = None, dynamic_patch_size: Size | None = None) -> Tensor:
        """What the first block sees, (B, 1 + registers + patches, embed_dim)."""
        tokens = self.patch_embed(x, dynamic_patch_size)
        if masks is not None:
            tokens = torch.where(masks.unsqueeze(-1), self.mask_token.to(tokens.dtype), tokens)
        tokens = torch.cat([self.cls_token.expand(len(x), -1, -1), tokens], dim=1)
        tokens = tokens + self.interpolate_pos_encoding(x, dynamic_patch_size)
        if self.register_tokens is None:
            return tokens
        registers = self.register_tokens.expand(len(x), -1, -1)
        return torch.cat([tokens[:, :1], registers, tokens[:, 1:]], dim=1)

    def forward_features(
        self, x: Tensor, masks: Tensor | None = None, dynamic_patch_size: Size | None = None
    ) -> dict[str, Tensor]:
        """The tokens after the last block (`x_prenorm`), and normalised: the class token, the registers and the patches."""
        tokens = self.prepare_tokens(x, masks, dynamic_patch_size)
        for block in self.blocks:
            tokens = block(tokens)
        normed = self.norm(tokens)
        first = 1 + self.num_register_tokens
        return {
            "x_norm_clstoken": normed[:, 0],
            "x_norm_regtokens": normed[:, 1:first],
            "x_norm_patchtokens": normed[:, first:],
            "x_prenorm": tokens,
        }

    def get_intermediate_layers(
        self,
        x: Tensor,
        n: int | Sequence[int] = 1,
        reshape: bool = False,
        return_class_token: bool = False,
        norm: bool = True,
        dynamic_patch_size: Size | None = None,
    ) -> tuple[Tensor, ...] | tuple[tuple[Tensor, Tensor], ...]:
        """The patches after the last `n` blocks, or after those whose indices are given, in ascending order.

        Each is (B, patches, embed_dim) or, with `reshape`, (B, embed_dim, rows, columns); with `return_class_token` it is a
        pair of that and the class token (B, embed_dim).
        """
        depth = len(self.blocks)
        wanted = range(depth - n, depth) if isinstance(n, int) else n
        tokens = self.prepare_tokens(x, dynamic_patch_size=dynamic_patch_size)
        found = []
        for index, block in enumerate(self.blocks):
            tokens = block(tokens)
            if index in wanted:
                found.append(self.norm(tokens) if norm else tokens)
        patches = [layer[:, 1 + self.num_register_tokens :] for layer in found]
        if reshape:
            patches = [layer.transpose(1, 2).unflatten(2, self.grid(x, dynamic_patch_size)) for layer in patches]
        if return_class_token:
            return tuple(zip(patches, (layer[:, 0] for layer in found), strict=True))
        return tuple(patches)

    def get_last_self_attention(self, x: Tensor, dynamic_patch_size: Size | None = None) -> Tensor:
        """What each token attends to in the last block, (B, heads, tokens, tokens)."""
        tokens = self.prepare_tokens(x, dynamic_patch_size=dynamic_patch_size)
        for block in self.blocks[:-1]:
            tokens = block(tokens)
        last = self.blocks[-1]
        return last.attn.weights_and_values(last.norm1(tokens))[0]

    def forward(self, x: Tensor, masks: Tensor | None = None, dynamic_patch_size: Size | None = None) -> Tensor:
        """The normalised class token, (B, embed_dim)."""
        return self.forward_features(x, masks, dynamic_patch_size)["x_norm_clstoken"]
