"""LoRA written a second time, for comparison: the formulas on arrays in float64, with the gradients derived by hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Layer:
    in_features: int
    out_features: int
    rank: int
    alpha: float
    bias: bool

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Name -> shape of every parameter."""
        found: dict[str, tuple[int, ...]] = {
            "linear.weight": (self.out_features, self.in_features),
            "lora_A": (self.rank, self.in_features),
            "lora_B": (self.out_features, self.rank),
        }
        return found | ({"linear.bias": (self.out_features,)} if self.bias else {})


def merged_weight(layer: Layer, weights: Arrays) -> np.ndarray:
    w, a, b = (weights[name].astype(np.float64) for name in ("linear.weight", "lora_A", "lora_B"))
    return w + layer.alpha / layer.rank * np.einsum("or,ri->oi", b, a)


def output(layer: Layer, weights: Arrays, x: np.ndarray) -> np.ndarray:
    """(..., in_features) -> (..., out_features)."""
    y = np.einsum("...i,oi->...o", x.astype(np.float64), merged_weight(layer, weights))
    return y + weights["linear.bias"] if layer.bias else y


def gradients(layer: Layer, weights: Arrays, x: np.ndarray, factor: np.ndarray) -> Arrays:
    """Of the sum of output * factor, with respect to `x` and the trainable parameters."""
    flat, up = x.astype(np.float64).reshape(-1, layer.in_features), factor.astype(np.float64).reshape(-1, layer.out_features)
    scale = layer.alpha / layer.rank
    found = {
        "x": (up @ merged_weight(layer, weights)).reshape(x.shape),
        "lora_A": scale * weights["lora_B"].T @ up.T @ flat,
        "lora_B": scale * up.T @ flat @ weights["lora_A"].T,
    }
    return found | ({"linear.bias": up.sum(axis=0)} if layer.bias else {})
