"""Quick checks of MLA: python -m pytest test_mla.py"""

import pytest
import torch
from torch import Tensor

from mla import MLA

D_MODEL, HEADS, LENGTH = 48, 4, 7


@pytest.fixture
def model() -> MLA:
    torch.manual_seed(0)
    return MLA(D_MODEL, HEADS, max_len=32).eval()


@pytest.fixture
def x() -> Tensor:
    return torch.randn(2, LENGTH, D_MODEL, generator=torch.Generator().manual_seed(1))


def close(a: Tensor, b: Tensor) -> bool:
    return torch.allclose(a, b, atol=1e-5)


def test_shapes(model: MLA, x: Tensor) -> None:
    output, cache = model(x)
    assert output.shape == x.shape
    assert cache.shape == (2, LENGTH, model.kv_latent + model.rotary_dim)


def test_token_by_token_is_the_same_as_all_at_once(model: MLA, x: Tensor) -> None:
    expected, _ = model(x)
    cache = None
    for i in range(LENGTH):
        output, cache = model(x[:, i : i + 1], cache)
        assert close(output, expected[:, i : i + 1])


def test_pieces_are_the_same_as_all_at_once(model: MLA, x: Tensor) -> None:
    expected, whole = model(x)
    first, cache = model(x[:, :3])
    second, cache = model(x[:, 3:], cache)
    assert close(torch.cat([first, second], dim=1), expected)
    assert close(cache, whole)


def test_the_cache_is_the_plain_projection(model: MLA, x: Tensor) -> None:
    _, cache = model(x[:, :4])
    _, cache = model(x[:, 4:], cache)
    assert close(cache, model.down_kv(x))


def test_a_given_cache_stays_as_it_is(model: MLA, x: Tensor) -> None:
    _, cache = model(x[:, :4])
    before = cache.clone()
    model(x[:, 4:], cache)
    assert torch.equal(cache, before)


def test_later_tokens_change_nothing_before_them(model: MLA, x: Tensor) -> None:
    other = x.clone()
    other[:, 4:] += 1
    assert close(model(x)[0][:, :4], model(other)[0][:, :4])


def test_earlier_tokens_matter(model: MLA, x: Tensor) -> None:
    other = x.clone()
    other[:, 0] += 1
    assert not close(model(x)[0][:, -1], model(other)[0][:, -1])


def test_the_order_of_earlier_tokens_matters(model: MLA, x: Tensor) -> None:
    other = x[:, [1, 0, *range(2, LENGTH)]]
    assert not close(model(x)[0][:, -1], model(other)[0][:, -1])


def test_a_single_token_gets_its_own_values(model: MLA, x: Tensor) -> None:
    latent = model.down_kv(x[:, :1])[..., : model.kv_latent]
    values = model.up_kv(model.norm_kv(latent)).unflatten(-1, (HEADS, -1))[..., model.plain_dim :]
    assert close(model(x[:, :1])[0], model.out(values.flatten(2)))


def test_sequences_of_a_batch_are_apart(model: MLA, x: Tensor) -> None:
    assert close(model(x)[0][1:], model(x[1:])[0])


def test_every_parameter_gets_a_gradient(model: MLA, x: Tensor) -> None:
    model(x)[0].square().sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in model.parameters())
