"""Quick checks of PPO: python -m pytest test_ppo.py"""

import numpy as np
import pytest
import torch

from ppo import PPO

STATE_DIM, ACTION_DIM = 4, 3


@pytest.fixture(params=[True, False], ids=["continuous", "discrete"])
def agent(request: pytest.FixtureRequest) -> PPO:
    torch.manual_seed(0)
    return PPO(STATE_DIM, ACTION_DIM, continuous=request.param, gamma=0.5)


def play(agent: PPO, steps: int) -> None:
    rng = np.random.default_rng(0)
    for step in range(steps):
        agent.select_action(rng.standard_normal(STATE_DIM).astype(np.float32))
        agent.buffer.rewards.append(float(rng.standard_normal()))
        agent.buffer.terminals.append(step % 5 == 4)


def test_kind_of_action(agent: PPO) -> None:
    action = agent.select_action(np.zeros(STATE_DIM, np.float32))
    if agent.policy.continuous:
        assert isinstance(action, np.ndarray)
        assert (action.shape, action.dtype) == ((ACTION_DIM,), np.float32)
    else:
        assert isinstance(action, int)
        assert 0 <= action < ACTION_DIM


def test_a_step_is_noted(agent: PPO) -> None:
    play(agent, 7)
    assert {len(entries) for entries in vars(agent.buffer).values()} == {7}
    assert agent.buffer.states[0].shape == (STATE_DIM,)
    assert agent.buffer.log_probs[0].shape == agent.buffer.values[0].shape == ()


def test_actions_are_drawn(agent: PPO) -> None:
    actions, _, _ = agent.policy.act(torch.zeros(1000, STATE_DIM))
    assert len(actions.unique()) > 1
    if agent.policy.continuous:
        assert torch.allclose(actions.std(dim=0), torch.tensor(0.6), atol=0.1)


def test_evaluate_agrees_with_act(agent: PPO) -> None:
    states = torch.randn(20, STATE_DIM)
    actions, log_probs, values = agent.policy.act(states)
    again, values_again, entropies = agent.policy.evaluate(states, actions)
    assert torch.allclose(again, log_probs, atol=1e-5)
    assert torch.allclose(values_again, values, atol=1e-5)
    assert entropies.shape == (20,)
    assert again.requires_grad
    assert not log_probs.requires_grad


def test_returns_are_discounted(agent: PPO) -> None:
    agent.buffer.rewards[:], agent.buffer.terminals[:] = [1.0, 2.0, 4.0], [False, False, False]
    assert torch.allclose(agent.returns(), torch.tensor([3.0, 4.0, 4.0]))


def test_update_changes_the_networks_and_empties_the_buffer(agent: PPO) -> None:
    play(agent, 20)
    before = [p.detach().clone() for p in agent.policy.parameters()]
    agent.update()
    assert not any(torch.equal(p, b) for p, b in zip(agent.policy.parameters(), before, strict=True))
    assert not any(vars(agent.buffer).values())


def test_a_rewarded_action_becomes_more_likely() -> None:
    torch.manual_seed(0)
    agent = PPO(STATE_DIM, ACTION_DIM, continuous=False)
    state = np.ones(STATE_DIM, np.float32)
    for _ in range(10):
        for _ in range(50):
            agent.buffer.rewards.append(float(agent.select_action(state) == 1))
            agent.buffer.terminals.append(True)
        agent.update()
    assert sum(agent.select_action(state) == 1 for _ in range(100)) > 70
