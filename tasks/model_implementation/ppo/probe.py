"""Runs the submitted PPO: on given weights and steps, and through training with rewards that the grader gives."""

from typing import Any

import numpy as np
import torch

Arrays = dict[str, np.ndarray]

_learner: Any = None


def evaluate(settings: dict[str, Any], weights: Arrays, states: np.ndarray, actions: np.ndarray) -> Arrays:
    found = _build(settings, weights).policy.evaluate(torch.from_numpy(states), torch.from_numpy(actions))
    return dict(zip(("log_probs", "values", "entropies"), map(_array, found), strict=True))


def act(settings: dict[str, Any], weights: Arrays, states: np.ndarray, seed: int) -> dict[str, Any]:
    torch.manual_seed(seed)
    actions, log_probs, values = _build(settings, weights).policy.act(torch.from_numpy(states))
    gradients = actions.requires_grad or log_probs.requires_grad or values.requires_grad
    return {"actions": _array(actions), "log_probs": _array(log_probs), "values": _array(values), "gradients": gradients}


def select(settings: dict[str, Any], weights: Arrays, states: np.ndarray, seed: int) -> dict[str, Any]:
    """Every state is given in the same array, as many environments do."""
    torch.manual_seed(seed)
    agent = _build(settings, weights)
    place, chosen = np.empty_like(states[0]), []
    for state in states:
        place[:] = state
        chosen.append(agent.select_action(place))
    names = ("states", "actions", "log_probs", "values")
    return {
        "chosen": np.stack([np.asarray(action) for action in chosen]),
        "form": "int" if type(chosen[0]) is int else f"{type(chosen[0]).__name__} of {np.asarray(chosen[0]).dtype}",
        "gradients": any(entry.requires_grad for name in names for entry in getattr(agent.buffer, name)),
        "rewards": len(agent.buffer.rewards) + len(agent.buffer.terminals),
        "buffer": {name: _array(torch.stack(getattr(agent.buffer, name))) for name in names},
    }


def returns(settings: dict[str, Any], weights: Arrays, rewards: np.ndarray, terminals: np.ndarray) -> np.ndarray:
    agent = _build(settings, weights)
    _give(agent, rewards, terminals)
    return _array(agent.returns())


def update(settings: dict[str, Any], weights: Arrays, steps: Arrays, lr: float) -> dict[str, Any]:
    """The weights after a call of `update` with gradient descent in place of Adam, and how many entries the buffer then has."""
    agent = _build(settings, weights)
    agent.optimizer = torch.optim.SGD(agent.policy.parameters(), lr=lr)
    for name in ("states", "actions", "log_probs", "values"):
        getattr(agent.buffer, name).extend(torch.from_numpy(steps[name]).unbind())
    _give(agent, steps["rewards"], steps["terminals"])
    agent.update()
    left = sum(len(entries) for entries in vars(agent.buffer).values())
    return {"left": left, "weights": {name: _array(p) for name, p in agent.policy.named_parameters()}}


def begin(state_dim: int, action_dim: int, continuous: bool, seed: int) -> None:
    """Starts training with the settings that the constructor has by itself."""
    from ppo import PPO

    global _learner
    torch.manual_seed(seed)
    _learner = PPO(state_dim=state_dim, action_dim=action_dim, continuous=continuous)


def collect(states: np.ndarray) -> np.ndarray:
    return np.stack([np.asarray(_learner.select_action(state)) for state in states])


def learn(rewards: np.ndarray, terminals: np.ndarray) -> None:
    _give(_learner, rewards, terminals)
    _learner.update()


def _build(settings: dict[str, Any], weights: Arrays) -> Any:
    from ppo import PPO

    agent = PPO(**settings)
    agent.policy.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()}, strict=True)
    return agent


def _give(agent: Any, rewards: np.ndarray, terminals: np.ndarray) -> None:
    agent.buffer.rewards.extend(rewards.tolist())
    agent.buffer.terminals.extend(terminals.tolist())


def _array(value: torch.Tensor) -> np.ndarray:
    return value.detach().clone().numpy()
