"""Some of what a ChannelViT must do: `python -m pytest test_channel_vit.py`. Grading compares numbers and does not run this file."""

import pytest
import torch

from channel_vit import ChannelViT

CHANNELS, DIM, PATCH, PATCHES = 6, 32, 8, 16


@pytest.fixture
def model() -> ChannelViT:
    torch.manual_seed(0)
    return ChannelViT(img_size=32, patch_size=PATCH, in_chans=CHANNELS, embed_dim=DIM, depth=2, num_heads=4).eval()


def test_number_of_parameters(model: ChannelViT) -> None:
    assert model.patch_embed.num_patches == PATCHES
    assert sum(p.numel() for p in model.patch_embed.parameters()) == DIM * (PATCH**2 + 1) + DIM * CHANNELS
    assert model.pos_embed.numel() == (PATCHES + 1) * DIM


@pytest.mark.parametrize("channels", [[0, 1, 2, 3, 4, 5], [4, 0, 2], [5, 3], [1]])
def test_any_subset_of_the_channels_can_be_given(model: ChannelViT, channels: list[int]) -> None:
    x = torch.randn(2, len(channels), 32, 32)
    indices = torch.tensor([channels, channels])
    assert model.patch_embed(x, indices).shape == (2, len(channels) * PATCHES, DIM)
    assert model.prepare_tokens(x, indices).shape == (2, 1 + len(channels) * PATCHES, DIM)
    assert model(x, indices).shape == (2, DIM)


def test_the_channels_matter(model: ChannelViT) -> None:
    x = torch.randn(1, 2, 32, 32)
    first, second = (model(x, torch.tensor([channels])) for channels in ([0, 1], [2, 3]))
    assert not torch.allclose(first, second)
