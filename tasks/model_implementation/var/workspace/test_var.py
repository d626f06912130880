"""Quick checks of VAR: python -m pytest test_var.py"""

import pytest
import torch
from torch import Tensor

from var import VAR

SIZES, VOCABULARY, CLASSES = (1, 2, 4), 24, 6


@pytest.fixture
def model() -> VAR:
    torch.manual_seed(0)
    return VAR(SIZES, VOCABULARY, 8, CLASSES, width=32, depth=2, heads=4).eval()


@pytest.fixture
def tokens() -> list[Tensor]:
    generator = torch.Generator().manual_seed(1)
    return [torch.randint(VOCABULARY, (2, side**2), generator=generator) for side in SIZES]


LABELS = torch.tensor([1, 4])


def test_shapes_of_scores(model: VAR, tokens: list[Tensor]) -> None:
    inputs = model.vqvae.quantizer.teacher_inputs(tokens)
    assert model(LABELS, inputs).shape == (2, 21, VOCABULARY)
    assert model(LABELS, inputs, prog_si=1).shape == (2, 5, VOCABULARY)


def test_prog_si_gives_the_first_of_all_scores(model: VAR, tokens: list[Tensor]) -> None:
    inputs = model.vqvae.quantizer.teacher_inputs(tokens)
    assert torch.allclose(model(LABELS, inputs)[:, :5], model(LABELS, inputs[:, :4], prog_si=1), atol=1e-5)


def test_later_levels_change_nothing_before_them(model: VAR, tokens: list[Tensor]) -> None:
    first = model(LABELS, model.vqvae.quantizer.teacher_inputs(tokens))
    tokens[1] = (tokens[1] + 1) % VOCABULARY
    second = model(LABELS, model.vqvae.quantizer.teacher_inputs(tokens))
    assert torch.allclose(first[:, :5], second[:, :5], atol=1e-5)
    assert not torch.allclose(first[:, 5:], second[:, 5:], atol=1e-5)


def test_images(model: VAR) -> None:
    images = model.autoregressive_infer_cfg(2, LABELS, seed=3)
    assert images.shape == (2, 3, 16, 16)
    assert images.min() >= 0
    assert images.max() <= 1
    assert torch.equal(images, model.autoregressive_infer_cfg(2, LABELS, seed=3))
    assert not torch.equal(images, model.autoregressive_infer_cfg(2, LABELS, seed=4))


def test_labels_matter(model: VAR) -> None:
    assert not torch.equal(model.autoregressive_infer_cfg(1, 0, seed=3), model.autoregressive_infer_cfg(1, 5, seed=3))


def test_an_image_is_drawn_from_the_scores_that_teacher_forcing_gives(model: VAR) -> None:
    """With top_k = 1 and without guidance, the tokens of an image are the likeliest ones, level by level."""
    images = model.autoregressive_infer_cfg(1, 2, cfg=0.0, top_k=1)
    total, tokens = torch.zeros(()), [torch.zeros(1, side**2, dtype=torch.int64) for side in SIZES]
    for level, (begin, end) in enumerate(model.bounds):
        scores = model(torch.tensor([2]), model.vqvae.quantizer.teacher_inputs(tokens))
        tokens[level] = scores[:, begin:end].argmax(-1)
        total = total + model.vqvae.quantizer.part(level, tokens[level])
    assert torch.allclose(images, (model.vqvae.images(total) + 1) / 2, atol=1e-4)


def test_nothing_is_remembered(model: VAR) -> None:
    model.autoregressive_infer_cfg(2, LABELS, seed=3)
    assert all(not block.attention.caching and block.attention.keys is None for block in model.blocks)


@pytest.mark.parametrize("label", [-1, CLASSES])
def test_wrong_labels(model: VAR, tokens: list[Tensor], label: int) -> None:
    with pytest.raises(IndexError):
        model.autoregressive_infer_cfg(1, label)
    with pytest.raises(IndexError):
        model(torch.tensor([label, 0]), model.vqvae.quantizer.teacher_inputs(tokens))


def test_wrong_level(model: VAR, tokens: list[Tensor]) -> None:
    with pytest.raises(IndexError):
        model(LABELS, model.vqvae.quantizer.teacher_inputs(tokens), prog_si=len(SIZES))
