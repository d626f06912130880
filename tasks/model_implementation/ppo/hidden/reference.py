"""Proximal policy optimization written a second time, for comparison: closed forms in float64, from the weights alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Settings:
    """The arguments of the submitted PPO."""

    state_dim: int
    action_dim: int
    continuous: bool
    hidden: int = 16
    gamma: float = 0.9
    epochs: int = 1
    clip: float = 0.2
    value_coef: float = 0.0
    entropy_coef: float = 0.0

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Name -> shape of every parameter."""
        found: dict[str, tuple[int, ...]] = {"log_std": (self.action_dim,)} if self.continuous else {}
        for net, outputs in (("actor", self.action_dim), ("critic", 1)):
            widths = (self.state_dim, self.hidden, self.hidden, outputs)
            for layer, (columns, rows) in enumerate(zip(widths[:-1], widths[1:], strict=True)):
                found |= {f"{net}.{2 * layer}.weight": (rows, columns), f"{net}.{2 * layer}.bias": (rows,)}
        return found


@dataclass(frozen=True)
class Steps:
    """What a buffer holds, an entry a step."""

    states: np.ndarray
    actions: np.ndarray
    log_probs: np.ndarray
    values: np.ndarray
    rewards: np.ndarray
    terminals: np.ndarray


class Reference:
    def __init__(self, settings: Settings, weights: Mapping[str, np.ndarray]) -> None:
        self.settings = settings
        self.weights = {name: torch.from_numpy(w).double().requires_grad_() for name, w in weights.items()}

    def outputs(self, states: np.ndarray) -> np.ndarray:
        """What the actor gives: means of continuous actions or logits of discrete ones, (n, action_dim)."""
        return self._mlp("actor", torch.from_numpy(states).double()).detach().numpy()

    def evaluate(self, states: np.ndarray, actions: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
        """Log-probabilities, values and entropies, (n,) each."""
        x, taken = torch.from_numpy(states).double(), torch.from_numpy(actions)
        outputs, values = self._mlp("actor", x), self._mlp("critic", x)[:, 0]
        if self.settings.continuous:
            log_std = self.weights["log_std"]
            squares = ((taken.double() - outputs) / log_std.exp()).square()
            log_probs = -(squares / 2 + log_std + math.log(2 * math.pi) / 2).sum(-1)
            return log_probs, values, (log_std + (1 + math.log(2 * math.pi)) / 2).sum().expand(len(x))
        logs = outputs - outputs.logsumexp(-1, keepdim=True)
        return logs[torch.arange(len(x)), taken], values, -(logs * logs.exp()).sum(-1)

    def returns(self, rewards: np.ndarray, terminals: np.ndarray) -> np.ndarray:
        """Each step's reward plus those after it in the same episode, discounted by their distance."""
        episode = np.concatenate([[0], np.cumsum(terminals)[:-1]])
        distance = np.arange(len(rewards)) - np.arange(len(rewards))[:, None]
        counts = (distance >= 0) & (episode == episode[:, None])
        factors = np.where(counts, self.settings.gamma ** np.maximum(distance, 0), 0.0)
        return np.asarray(factors @ rewards.astype(np.float64))

    def update(self, steps: Steps, lr: float) -> tuple[dict[str, np.ndarray], float]:
        """Name -> change of the weights by gradient descent, and how close a ratio came to a bound of the clipping."""
        s = self.settings
        before = {name: w.detach().clone() for name, w in self.weights.items()}
        targets = torch.from_numpy(self.returns(steps.rewards, steps.terminals))
        raw = targets - torch.from_numpy(steps.values).double()
        advantages = (raw - raw.mean()) / (raw.square().mean() - raw.mean().square()).sqrt()
        nearest = math.inf
        for _ in range(s.epochs):
            log_probs, values, entropies = self.evaluate(steps.states, steps.actions)
            ratios = (log_probs - torch.from_numpy(steps.log_probs).double()).exp()
            nearest = min(nearest, float(((ratios.detach() - 1).abs() - s.clip).abs().min()))
            # An action that did well counts up to 1 + clip, one that did badly from 1 - clip on; beyond there is no gradient.
            counted = torch.where(advantages > 0, ratios.clamp(max=1 + s.clip), ratios.clamp(min=1 - s.clip))
            gain = (counted * advantages).mean() + s.entropy_coef * entropies.mean()
            loss = s.value_coef * (values - targets).square().mean() - gain
            found = torch.autograd.grad(loss, list(self.weights.values()), allow_unused=True)
            with torch.no_grad():
                for weight, gradient in zip(self.weights.values(), found, strict=True):
                    weight -= 0 if gradient is None else lr * gradient
        return {name: (w.detach() - before[name]).numpy() for name, w in self.weights.items()}, nearest

    def _mlp(self, net: str, x: Tensor) -> Tensor:
        for layer in (0, 2, 4):
            x = x @ self.weights[f"{net}.{layer}.weight"].T + self.weights[f"{net}.{layer}.bias"]
            x = x if layer == 4 else x.tanh()
        return x
