"""Runs the submitted model on given weights, labels and inputs, and hands back plain arrays and what it did."""

from typing import Any

import numpy as np
import torch

Arrays = dict[str, np.ndarray]


def scores(geometry: dict[str, Any], weights: Arrays, labels: np.ndarray, rows: np.ndarray, prog_si: int) -> np.ndarray:
    return _array(_build(geometry, weights)(torch.from_numpy(labels), torch.from_numpy(rows), prog_si=prog_si))


def gradients(geometry: dict[str, Any], weights: Arrays, labels: np.ndarray, rows: np.ndarray, factor: np.ndarray) -> Arrays:
    """Of the sum of scores * factor, for all parameters that have one."""
    model = _build(geometry, weights)
    (model(torch.from_numpy(labels), torch.from_numpy(rows)) * torch.from_numpy(factor)).sum().backward()
    return {name: _array(p.grad) for name, p in model.named_parameters() if p.grad is not None}


def trained(geometry: dict[str, Any], weights: Arrays, labels: np.ndarray, rows: np.ndarray, seed: int) -> np.ndarray:
    """Scores of the first two levels, in training mode."""
    model = _build(geometry, weights).train()
    torch.manual_seed(seed)
    return _array(model(torch.from_numpy(labels), torch.from_numpy(rows), prog_si=1))


def draw(
    geometry: dict[str, Any], weights: Arrays, given: dict[str, Any], training: bool = False, times: int = 1, broken: bool = False
) -> dict[str, Any]:
    """Draws images `times` times. `lengths`: how many tokens each block was given, call by call. broken: the decoder fails."""
    model = _build(geometry, weights).train(training)
    seen: list[list[int]] = [[] for _ in model.blocks]
    for block, lengths in zip(model.blocks, seen, strict=True):
        block.register_forward_pre_hook(lambda _, args, lengths=lengths: lengths.append(args[0].shape[1]))
    labels = given["labels"]
    given = given | {"labels": torch.from_numpy(labels) if isinstance(labels, np.ndarray) else labels}
    if broken:
        model.vqvae.decoder.register_forward_pre_hook(_fail)
    try:
        images = [model.autoregressive_infer_cfg(**given) for _ in range(times)]
    except _Broken:
        images = []
    attentions = [block.attention for block in model.blocks]
    return {
        "images": [_array(image) for image in images],
        "gradients": any(image.requires_grad for image in images),
        "lengths": seen,
        "released": all(not a.caching and a.keys is None and a.values is None for a in attentions),
    }


def errors(geometry: dict[str, Any], weights: Arrays, rows: np.ndarray, calls: list[dict[str, Any]]) -> list[str]:
    """For each call (of `forward`, if it has prog_si), the error that it raised."""
    model, found = _build(geometry, weights).train(), []
    for call in calls:
        given = {**call, "labels": torch.from_numpy(call["labels"])}
        try:
            model(inputs=torch.from_numpy(rows), **given) if "prog_si" in given else model.autoregressive_infer_cfg(**given)
            found.append("no error")
        except Exception as error:
            found.append(type(error).__name__)
    return found


class _Broken(Exception):
    """What the decoder raises when it is to fail."""


def _fail(*_: Any) -> None:
    raise _Broken


def _build(geometry: dict[str, Any], weights: Arrays) -> Any:
    from var import VAR

    model = VAR(**{**geometry, "sizes": tuple(geometry["sizes"])}).eval()
    model.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()}, strict=True)
    return model


def _array(value: torch.Tensor) -> np.ndarray:
    return value.detach().to(torch.float32).clone().numpy()
