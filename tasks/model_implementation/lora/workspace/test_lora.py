"""Some of what LoraLinear must do: `python -m pytest test_lora.py`. Grading checks all of it, with other numbers."""

import pytest
import torch
from torch import nn

from lora import LoraLinear


@pytest.fixture
def layer() -> LoraLinear:
    torch.manual_seed(0)
    return LoraLinear(24, 10, rank=4, alpha=8)


def test_shapes(layer: LoraLinear) -> None:
    assert layer.lora_A.shape == (4, 24)
    assert layer.lora_B.shape == (10, 4)
    for lead in ((), (5,), (2, 3)):
        assert layer(torch.randn(*lead, 24)).shape == (*lead, 10)


def test_only_the_large_weight_is_frozen(layer: LoraLinear) -> None:
    trained = {name for name, parameter in layer.named_parameters() if parameter.requires_grad}
    assert trained == {"linear.bias", "lora_A", "lora_B"}


def test_a_fresh_layer_is_a_linear_layer(layer: LoraLinear) -> None:
    assert isinstance(layer.linear, nn.Linear)
    x = torch.randn(7, 24)
    torch.testing.assert_close(layer(x), layer.linear(x))


def test_a_merged_layer_computes_the_same(layer: LoraLinear) -> None:
    nn.init.normal_(layer.lora_B)
    x = torch.randn(7, 24)
    before = layer(x)
    layer.merge()
    assert layer.merged
    torch.testing.assert_close(layer(x), before)
