"""Two sample tests of MLA: python -m pytest test_mla.py"""

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
