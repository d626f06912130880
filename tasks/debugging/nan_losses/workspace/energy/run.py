"""The record of a training run. Do not change this file."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn


@dataclass
class Run:
    """What happened in training: with n rows, d model inputs and S steps,

    `inputs` is what the model was fed, (n, d); `losses` has S numbers, the loss of each step before its update;
    `weights` has S + 1 tensors (d,) and `biases` S + 1 numbers: the parameters at the start and after every step.
    """

    inputs: Tensor
    losses: list[float] = field(default_factory=list)
    weights: list[Tensor] = field(default_factory=list)
    biases: list[float] = field(default_factory=list)

    def note_parameters(self, model: nn.Linear) -> None:
        self.weights.append(model.weight.detach().clone().squeeze(0))
        self.biases.append(model.bias.item())

    def note_loss(self, loss: Tensor) -> None:
        self.losses.append(loss.item())

    @property
    def predictions(self) -> Tensor:
        """What the trained model says for the inputs, (n,)."""
        with torch.no_grad():
            return self.inputs @ self.weights[-1] + self.biases[-1]
