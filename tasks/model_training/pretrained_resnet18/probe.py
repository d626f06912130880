"""Reads a saved model in any of the forms that are allowed, and hands back its tensors as plain arrays."""

import pickle
import zipfile
from typing import Any

import numpy as np
import torch


def tensors(path: str) -> dict[str, np.ndarray]:
    state = _state(path)
    if not isinstance(state, dict):
        raise TypeError(f"the file holds a {type(state).__name__}, no state_dict")
    for name, value in state.items():
        if not isinstance(value, torch.Tensor):
            raise TypeError(f"the file is no state_dict: {name!r} is a {type(value).__name__}, no tensor")
    return {name: value.detach().numpy() for name, value in state.items()}


def _state(path: str) -> Any:
    if path.endswith(".safetensors"):
        from safetensors.torch import load_file

        return load_file(path)
    if _is_torchscript(path):
        return torch.jit.load(path, map_location="cpu").state_dict()
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ValueError(f"the file cannot be read with weights_only=True: {error}") from error


def _is_torchscript(path: str) -> bool:
    """Both forms are zip archives; only TorchScript has constants."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())
