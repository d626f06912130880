"""Proximal policy optimization for continuous and for discrete actions."""

import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Distribution, Independent, Normal

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

    @torch.no_grad()
    def act(self, states: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Draws an action for each of n states (n, state_dim).

        Returns:
            Actions ((n, action_dim) float32, or (n,) int64 when discrete), their log-probabilities (n,) and the values of the
            states (n,), none of which needs a gradient.
        """
        policy = self._policy(states)
        actions = policy.sample()
        return actions, policy.log_prob(actions), self.critic(states).squeeze(-1)

    def evaluate(self, states: Tensor, actions: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Looks again at n states and the actions that were taken there, both as in `act`.

        Returns:
            Log-probabilities of the actions (n,), values of the states (n,) and entropies of the policy (n,), with gradients.
        """
        policy = self._policy(states)
        return policy.log_prob(actions), self.critic(states).squeeze(-1), policy.entropy()

    def _policy(self, states: Tensor) -> Distribution:
        outputs = self.actor(states)
        if self.continuous:
            return Independent(Normal(outputs, self.log_std.exp().expand_as(outputs)), 1)
        return Categorical(logits=outputs)


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
        tensor = torch.tensor(state, dtype=torch.float32)  # a copy: the caller may use its array again
        action, log_prob, value = (entry[0] for entry in self.policy.act(tensor[None]))
        self.buffer.states.append(tensor)
        self.buffer.actions.append(action)
        self.buffer.log_probs.append(log_prob)
        self.buffer.values.append(value)
        return action.numpy().copy() if self.policy.continuous else int(action)

    def returns(self) -> Tensor:
        """The discounted return from each step in the buffer on (n,), float32."""
        found, following = [], 0.0
        for reward, terminal in zip(reversed(self.buffer.rewards), reversed(self.buffer.terminals), strict=True):
            following = reward + self.gamma * following * (not terminal)
            found.append(following)
        return torch.tensor(found[::-1], dtype=torch.float32)

    def update(self) -> None:
        """Learns from the whole buffer, `epochs` times, and clears it."""
        states, actions = torch.stack(self.buffer.states), torch.stack(self.buffer.actions)
        old_log_probs, old_values = torch.stack(self.buffer.log_probs), torch.stack(self.buffer.values)
        returns = self.returns()
        advantages = returns - old_values
        advantages = (advantages - advantages.mean()) / (advantages.std(correction=0) + 1e-8)
        for _ in range(self.epochs):
            log_probs, values, entropies = self.policy.evaluate(states, actions)
            ratios = (log_probs - old_log_probs).exp()
            clipped = ratios.clamp(1 - self.clip, 1 + self.clip)
            policy_loss = -torch.min(ratios * advantages, clipped * advantages).mean()
            value_loss = (values - returns).square().mean()
            loss = policy_loss + self.value_coef * value_loss - self.entropy_coef * entropies.mean()
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        self.buffer.clear()
