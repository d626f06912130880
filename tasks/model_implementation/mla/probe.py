"""Runs the submitted attention on given weights, tokens and caches, and hands back plain arrays."""

from typing import Any

import numpy as np
import torch

Arrays = dict[str, np.ndarray]


def run(geometry: dict[str, Any], weights: Arrays, pieces: list[np.ndarray], cache: np.ndarray | None) -> dict[str, Any]:
    """Gives the tokens piece by piece, each with the cache that the call before returned. `kept` are the inputs afterwards."""
    model = _build(geometry, weights)
    state = None if cache is None else torch.from_numpy(cache)
    outputs, caches, given = [], [], [torch.from_numpy(piece) for piece in pieces]
    kept = [*given, *([] if state is None else [state])]
    with torch.no_grad():
        for piece in given:
            output, state = model(piece, state)
            outputs.append(_array(output))
            caches.append(_array(state))
    return {"outputs": outputs, "caches": caches, "kept": [_array(tensor) for tensor in kept]}


def gradients(geometry: dict[str, Any], weights: Arrays, x: np.ndarray, cache: np.ndarray, factor: np.ndarray) -> Arrays:
    """Of the sum of outputs * factor, for all parameters."""
    model = _build(geometry, weights)
    output, _ = model(torch.from_numpy(x), torch.from_numpy(cache))
    (output * torch.from_numpy(factor)).sum().backward()
    return {name: _array(p.grad) for name, p in model.named_parameters() if p.grad is not None}


def _build(geometry: dict[str, Any], weights: Arrays) -> Any:
    from mla import MLA

    model = MLA(**geometry).eval()
    model.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()}, strict=True)
    return model


def _array(value: torch.Tensor) -> np.ndarray:
    return value.detach().to(torch.float32).clone().numpy()
