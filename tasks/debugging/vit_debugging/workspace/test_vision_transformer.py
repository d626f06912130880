"""Shapes of a small model: python -m pytest test_vision_transformer.py"""

import pytest
import torch

from dino_v2.mlp import Mlp
from dino_v2.patch_embed import PatchEmbed
from dino_v2.swiglu_ffn import SwiGLUFFN
from dino_v2.vision_transformer import DinoVisionTransformer

DIM = 48


def model(**options):
    torch.manual_seed(0)
    sizes = {"img_size": 32, "patch_size": 8, "embed_dim": DIM, "depth": 2, "num_heads": 4}
    return DinoVisionTransformer(**{**sizes, **options}).eval()


def images(height=32, width=32):
    return torch.randn(2, 3, height, width)


@pytest.mark.parametrize("layer", [Mlp, SwiGLUFFN])
def test_feed_forward(layer):
    assert layer(DIM, hidden_features=4 * DIM)(torch.randn(2, 5, DIM)).shape == (2, 5, DIM)


def test_patches():
    assert PatchEmbed(32, (8, 16), 3, DIM)(images()).shape == (2, 8, DIM)


@pytest.mark.parametrize("ffn_layer", ["mlp", "swiglu"])
@pytest.mark.parametrize("patch_size", [4, 8, 16])
def test_patch_sizes(patch_size, ffn_layer):
    features = model(patch_size=patch_size, ffn_layer=ffn_layer).forward_features(images())
    assert features["x_norm_clstoken"].shape == (2, DIM)
    assert features["x_norm_patchtokens"].shape == (2, (32 // patch_size) ** 2, DIM)


def test_registers():
    features = model(num_register_tokens=4).forward_features(images())
    assert features["x_norm_regtokens"].shape == (2, 4, DIM)
    assert features["x_prenorm"].shape == (2, 1 + 4 + 16, DIM)


def test_masks():
    masks = torch.zeros(2, 16, dtype=torch.bool)
    masks[:, :5] = True
    vit, x = model(), images()
    assert not torch.equal(vit(x, masks), vit(x))


def test_larger_images():
    assert model().forward_features(images(48, 64))["x_norm_patchtokens"].shape == (2, 6 * 8, DIM)


@pytest.mark.parametrize("patch_size", [4, 8, 16])
def test_dynamic_patch_size(patch_size):
    vit, x, side = model(), images(), 32 // patch_size
    assert vit(x, dynamic_patch_size=patch_size).shape == (2, DIM)
    assert vit.forward_features(x, dynamic_patch_size=patch_size)["x_norm_patchtokens"].shape == (2, side**2, DIM)
    (layer,) = vit.get_intermediate_layers(x, reshape=True, dynamic_patch_size=patch_size)
    assert layer.shape == (2, DIM, side, side)
    assert vit.get_last_self_attention(x, dynamic_patch_size=patch_size).shape == (2, 4, 1 + side**2, 1 + side**2)


def test_the_range_of_values():
    features = model().forward_features(images())["x_norm_patchtokens"]
    assert features.isfinite().all()
    assert features.mean().abs() < 0.1
    assert 0.9 < features.std() < 1.1
