"""Proximal policy optimization for continuous and for discrete actions."""

import math

import numpy as np
import torch
from torch import Tensor, nn

from buffer import Buffer
from networks import mlp


class ActorCritic(nn.Module):
    """The policy and the estimate of the return.

    Continuous actions are drawn from independent normal distributions: `actor` gives the means, exp(log_std) are the standard
    deviations, the same in every state. Discrete actions are drawn from the softmax of what `actor` gives.
    """

    def __init__(self, state_dim: int, action_dim: int, continuous: bool, hidden: int = 64, action_std: float = 0.6) -> None:
        super().__init__()
        self.continuous = continuous
        self.actor = mlp(state_dim, hidden, action_dim)
        self.critic = mlp(state_dim, hidden, 1)
        if continuous:
            self.log_std = nn.Parameter(torch.full((action_dim,), math.log(action_std)))

    def act(self, states: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Draws an action for each of n states (n, state_dim).

        Returns:
            Actions ((n, action_dim) float32, or (n,) int64 when discrete), their log-probabilities (n,) and the values of the
            states (n,), none of which needs a gradient.
        """
        # To be written.

    def evaluate(self, states: Tensor, actions: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Looks again at n states and the actions that were taken there, both as in `act`.

        Returns:
            Log-probabilities of the actions (n,), values of the states (n,) and entropies of the policy (n,), with gradients.
        """
        # To be written.


class PPO:
    """Collects steps with `select_action`, and learns from them in `update`."""

    def __init__(
        self,
        state_dim: int,
        action_dim: int,
        continuous: bool,
        hidden: int = 64,
        action_std: float = 0.6,
        lr: float = 3e-3,
        gamma: float = 0.99,
        epochs: int = 10,
        clip: float = 0.2,
        value_coef: float = 0.5,
        entropy_coef: float = 0.01,
    ) -> None:
        self.gamma, self.epochs, self.clip = gamma, epochs, clip
        self.value_coef, self.entropy_coef = value_coef, entropy_coef
        self.policy = ActorCritic(state_dim, action_dim, continuous, hidden, action_std)
        self.optimizer: torch.optim.Optimizer = torch.optim.Adam(self.policy.parameters(), lr=lr)
        self.buffer = Buffer()

    def select_action(self, state: np.ndarray) -> np.ndarray | int:
        """Draws an action for one state (state_dim,) and notes both in the buffer.

        Returns:
            A float32 array (action_dim,), or an int when actions are discrete.
        """
        # To be written.

    def returns(self) -> Tensor:
        """The discounted return from each step in the buffer on (n,), float32."""
        # To be written.

    def update(self) -> None:
        """Learns from the whole buffer, `epochs` times, and clears it."""
        # To be written.
