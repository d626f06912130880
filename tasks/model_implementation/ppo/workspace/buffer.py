"""What happened since the last update. This file is complete; grading uses its own copy of it."""

from dataclasses import dataclass, field

from torch import Tensor


@dataclass
class Buffer:
    """One entry a step in each list. `PPO.select_action` fills the first four with tensors that need no gradient, its caller the rest."""

    states: list[Tensor] = field(default_factory=list)
    """(state_dim,), float32"""
    actions: list[Tensor] = field(default_factory=list)
    """(action_dim,), float32, for continuous actions; (), int64, for discrete ones"""
    log_probs: list[Tensor] = field(default_factory=list)
    """(), float32: logarithm of the probability (density) with which the action was drawn"""
    values: list[Tensor] = field(default_factory=list)
    """(), float32: what the critic said of the state"""
    rewards: list[float] = field(default_factory=list)
    terminals: list[bool] = field(default_factory=list)
    """whether the episode ended with this step"""

    def clear(self) -> None:
        for entries in vars(self).values():
            entries.clear()
