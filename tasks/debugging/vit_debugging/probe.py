"""Builds the submitted model and hands back its parameters, features and gradients as plain arrays."""

import importlib
from typing import Any

import numpy as np
import torch

Arrays = dict[str, np.ndarray]
_models: dict[str, Any] = {}


def import_alone(module: str) -> None:
    importlib.import_module(module)


def describe(geometry: dict[str, Any]) -> dict[str, Any]:
    model = _build(geometry)
    return {
        "parameters": {name: list(p.shape) for name, p in model.named_parameters() if p.requires_grad},
        "state": {name: list(value.shape) for name, value in model.state_dict().items()},
    }


def load(name: str, geometry: dict[str, Any], weights: Arrays) -> None:
    """Keeps a model with these weights under a name."""
    model = _build(geometry)
    model.load_state_dict({key: torch.from_numpy(value) for key, value in weights.items()}, strict=True)
    _models[name] = model


def features(name: str, images: np.ndarray, masks: np.ndarray | None, patch: Any) -> Arrays:
    x, hidden = torch.from_numpy(images), None if masks is None else torch.from_numpy(masks)
    with torch.no_grad():
        found = _models[name].forward_features(x, masks=hidden, dynamic_patch_size=_size(patch))
    return {key: _array(found[key]) for key in ("x_norm_clstoken", "x_norm_regtokens", "x_norm_patchtokens", "x_prenorm")}


def forward(name: str, images: np.ndarray, masks: np.ndarray | None, patch: Any) -> np.ndarray:
    x, hidden = torch.from_numpy(images), None if masks is None else torch.from_numpy(masks)
    with torch.no_grad():
        return _array(_models[name](x, masks=hidden, dynamic_patch_size=_size(patch)))


def layers(name: str, images: np.ndarray, patch: Any, options: dict[str, Any]) -> list[Any]:
    with torch.no_grad():
        found = _models[name].get_intermediate_layers(torch.from_numpy(images), dynamic_patch_size=_size(patch), **options)
    return [[_array(part) for part in (layer if isinstance(layer, tuple) else (layer,))] for layer in found]


def attention(name: str, images: np.ndarray, patch: Any) -> np.ndarray:
    with torch.no_grad():
        return _array(_models[name].get_last_self_attention(torch.from_numpy(images), dynamic_patch_size=_size(patch)))


def gradients(name: str, images: np.ndarray, patch: Any, factor: np.ndarray, names: list[str]) -> Arrays:
    """Of the sum of the normalised class token * factor."""
    model = _models[name]
    model.zero_grad()
    (model(torch.from_numpy(images), dynamic_patch_size=_size(patch)) * torch.from_numpy(factor)).sum().backward()
    found = {key: model.get_parameter(key).grad for key in names}
    return {key: _array(value) for key, value in found.items() if value is not None}


def _build(geometry: dict[str, Any]) -> Any:
    from dino_v2.vision_transformer import DinoVisionTransformer

    return DinoVisionTransformer(**{key: _size(value) for key, value in geometry.items()}).eval()


def _size(value: Any) -> Any:
    """Pairs arrive as lists."""
    return tuple(value) if isinstance(value, list) else value


def _array(value: torch.Tensor) -> np.ndarray:
    return value.detach().to(torch.float32).numpy()
