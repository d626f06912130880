"""Builds the submitted layer and hands back its parameters, outputs and gradients as plain arrays."""

from typing import Any

import numpy as np
import torch

Arrays = dict[str, np.ndarray]


def describe(layer: dict[str, Any]) -> dict[str, Any]:
    built = _build(layer)
    return {
        "shapes": {name: list(p.shape) for name, p in built.named_parameters()},
        "trainable": [name for name, p in built.named_parameters() if p.requires_grad],
        "state": list(built.state_dict()),
        "rank": int(built.rank),
        "alpha": float(built.alpha),
        "merged": bool(built.merged),
    }


def fresh(layer: dict[str, Any]) -> list[np.ndarray]:
    """A, B and another layer's A."""
    one, other = _build(layer), _build(layer)
    return [_array(one.lora_A), _array(one.lora_B), _array(other.lora_A)]


def outputs(layer: dict[str, Any], weights: Arrays, inputs: list[np.ndarray]) -> list[np.ndarray]:
    built = _load(layer, weights)
    with torch.no_grad():
        return [_array(built(torch.from_numpy(x))) for x in inputs]


def gradients(layer: dict[str, Any], weights: Arrays, x: np.ndarray, factor: np.ndarray) -> Arrays:
    """Of the sum of output * factor, with respect to x and every parameter that has one."""
    built, leaf = _load(layer, weights), torch.from_numpy(x).requires_grad_()
    (built(leaf) * torch.from_numpy(factor)).sum().backward()
    found = {name: p.grad for name, p in built.named_parameters()} | {"x": leaf.grad}
    return {name: _array(grad) for name, grad in found.items() if grad is not None}


def merging(layer: dict[str, Any], weights: Arrays, x: np.ndarray, steps: list[str]) -> list[dict[str, Any]]:
    """What the layer is after each of the steps, which are names of its methods."""
    built, told = _load(layer, weights), []
    for step in steps:
        getattr(built, step)()
        with torch.no_grad():
            output = _array(built(torch.from_numpy(x)))
        weight = built.linear.weight
        frozen = not weight.requires_grad
        told.append({"output": output, "weight": _array(weight).copy(), "frozen": frozen, "merged": bool(built.merged)})
    return told


def _build(layer: dict[str, Any]) -> Any:
    from lora import LoraLinear

    return LoraLinear(**layer)


def _load(layer: dict[str, Any], weights: Arrays) -> Any:
    built = _build(layer)
    built.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in weights.items()}, strict=True)
    return built


def _array(value: torch.Tensor) -> np.ndarray:
    return value.detach().to(torch.float32).numpy()
