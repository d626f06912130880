"""The two methods written a second time, for comparison: in float64, without a cache, each level anew from all before it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

sys.path.append(str(Path(__file__).parents[1] / "workspace"))

from var import VAR  # noqa: E402  as the agent got it: parameters, and the parts that are given


@dataclass(frozen=True)
class Geometry:
    """The arguments of VAR."""

    sizes: tuple[int, ...]
    vocabulary: int
    channels: int
    classes: int
    width: int
    depth: int
    heads: int
    drop_rate: float

    @property
    def ends(self) -> list[int]:
        """For each level, the number of tokens up to and with it."""
        return [sum(side * side for side in self.sizes[: level + 1]) for level in range(len(self.sizes))]

    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {name: tuple(value.shape) for name, value in VAR(**vars(self)).state_dict().items()}


class Reference:
    def __init__(self, geometry: Geometry, weights: Mapping[str, np.ndarray]) -> None:
        self.geometry = geometry
        self.model: Any = VAR(**vars(geometry)).double().eval()
        self.model.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})

    def inputs(self, tokens: np.ndarray) -> np.ndarray:
        """Rows for `forward` that follow from all tokens (batch, length) of some images."""
        levels = np.split(tokens, self.geometry.ends[:-1], axis=1)
        with torch.no_grad():
            rows: Tensor = self.model.vqvae.quantizer.teacher_inputs([torch.from_numpy(level) for level in levels])
        return rows.float().numpy()

    def scores(self, labels: np.ndarray, rows: np.ndarray) -> Tensor:
        """(batch,), (batch, n - 1, channels) -> (batch, n, vocabulary)."""
        model, level_of = self.model, [level for level, side in enumerate(self.geometry.sizes) for _ in range(side * side)]
        level_of = level_of[: rows.shape[1] + 1]
        condition = model.class_embedding.weight[torch.from_numpy(labels)]
        given = model.word(torch.from_numpy(rows).double()).unbind(1)
        tokens = [condition + model.start[0], *given]
        x = torch.stack([t + model.positions[:, i] + model.level_embedding.weight[level_of[i]] for i, t in enumerate(tokens)], 1)
        mask = torch.tensor([[theirs <= own for theirs in level_of] for own in level_of])
        for block in model.blocks:
            x = block(x, condition, mask)
        scores: Tensor = model.head(x, condition)
        return scores

    def gradients(self, labels: np.ndarray, rows: np.ndarray, factor: np.ndarray) -> dict[str, np.ndarray]:
        """Of the sum of scores * factor, for all parameters that are trained."""
        trained = {name: p for name, p in self.model.named_parameters() if p.requires_grad}
        total = (self.scores(labels, rows) * torch.from_numpy(factor)).sum()
        found = torch.autograd.grad(total, list(trained.values()))
        return {name: gradient.numpy() for name, gradient in zip(trained, found, strict=True)}

    @torch.no_grad()
    def images(
        self, batch: int, labels: Any, seed: int, cfg: float = 1.5, top_k: int = 0, top_p: float = 0.0
    ) -> tuple[np.ndarray, float]:
        """The images, and how close any draw came to one that would have given another token."""
        generator, closest = torch.Generator().manual_seed(seed), np.inf
        if labels is None:
            labels = torch.randint(self.geometry.classes, (batch,), generator=generator).numpy()
        chosen, none = np.broadcast_to(labels, batch).copy(), np.full(batch, self.geometry.classes)
        quantizer, ends, last = self.model.vqvae.quantizer, self.geometry.ends, len(self.geometry.sizes) - 1
        rows, parts = np.zeros((batch, 0, self.geometry.channels)), []
        for level, side in enumerate(self.geometry.sizes):
            begin, strength = ends[level] - side * side, cfg * level / last
            wanted, free = (self.scores(who, rows)[:, begin:] for who in (chosen, none))
            guided = wanted + strength * (wanted - free)
            drawn = torch.rand(batch, side * side, generator=generator).double().numpy()
            tokens, near = pick(guided.numpy(), drawn, top_k, top_p)
            closest = min(closest, near)
            parts.append(quantizer.part(level, torch.from_numpy(tokens)))
            if level < last:
                rows = np.concatenate([rows, quantizer.shrink(sum(parts), level + 1).numpy()], axis=1)
        return ((self.model.vqvae.images(sum(parts)) + 1) / 2).numpy(), float(closest)


def pick(scores: np.ndarray, drawn: np.ndarray, top_k: int, top_p: float) -> tuple[np.ndarray, float]:
    """A token for each row of scores (batch, n, vocabulary), and the smallest distance of a number to a bound that it met."""
    tokens, distances = np.zeros(drawn.shape, np.int64), []
    for place in np.ndindex(drawn.shape):
        tokens[place], near = pick_one(scores[place], float(drawn[place]), top_k, top_p)
        distances += near
    return tokens, min(distances)


def pick_one(scores: np.ndarray, drawn: float, top_k: int, top_p: float) -> tuple[int, list[float]]:
    order, near = np.argsort(-scores), []
    if 0 < top_k < len(scores):
        near.append(float(scores[order[top_k - 1]] - scores[order[top_k]]))
        order = order[:top_k]
    chances = np.exp(scores - scores.max())
    chances /= chances[order].sum()
    if top_p > 0:
        before = np.cumsum(chances[order]) - chances[order]
        near.append(float(np.abs(before - top_p).min()))
        order = order[before < top_p]
    left = np.sort(order)
    steps = np.cumsum(chances[left]) / chances[left].sum()
    near.append(float(np.abs(steps[:-1] - drawn).min(initial=1.0)))
    return int(left[min(int((steps <= drawn).sum()), len(left) - 1)]), near
