"""The submission beside the reference: each part of PPO on weights, states, actions and rewards that are drawn here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from reference import Reference, Settings, Steps

from mldevbench.grading import Grading, Probe, SubmissionError, expect_array

TOLERANCE = 1e-3
CLIP = 0.2
LEARNING_RATE = 0.1
STEADY = 1.0
"""Where weights change by more, a step too long may follow a step too long, and rounding decides where that ends."""
DRAWS = 20_000

UPDATES: dict[str, dict[str, Any]] = {
    "policy gradient": {},
    "episodes": {"ends": True},
    "clipping": {"moved": True},
    "value loss": {"ends": True, "value_coef": 0.7},
    "entropy": {"entropy_coef": 0.4},
    "several epochs": {"ends": True, "moved": True, "epochs": 4, "value_coef": 0.5, "entropy_coef": 0.05},
}
"""What `update` is asked to do. moved: the policy is not the one that drew the actions; ends: episodes end within the buffer."""


class Comparison:
    """One kind of actions, `continuous` or `discrete`. Weights are drawn anew for each check."""

    def __init__(self, g: Grading, probe: Probe, kind: str) -> None:
        self.g, self.probe, self.kind = g, probe, kind
        state_dim, action_dim = (int(n) for n in g.rng.integers(3, 6, 2))
        self.continuous = kind == "continuous"
        self.settings = Settings(state_dim, action_dim, self.continuous, clip=CLIP, gamma=float(g.rng.uniform(0.7, 0.95)))

    def check_evaluate(self) -> None:
        inputs, reference = self.draw(self.settings)
        states, actions = self.states(30), self.actions(30)
        with self.g.guard(f"{self.kind}: evaluate"):
            found = fields(self.probe.call("evaluate", **inputs, states=states, actions=actions))
            for name, value in zip(("log_probs", "values", "entropies"), reference.evaluate(states, actions), strict=True):
                self.compare(f"{self.kind}: evaluate, {name}", found.get(name), value.detach().numpy())

    def check_act(self) -> None:
        inputs, reference = self.draw(self.settings)
        states, name = np.repeat(self.states(1), DRAWS, axis=0), f"{self.kind}: act"
        with self.g.guard(name):
            found = fields(self.probe.call("act", **inputs, states=states, seed=self.seed()))
            actions = self.expect_actions(found.get("actions"), DRAWS)
            self.compare_noted(name, found, reference, states, actions)
            outputs, log_std = reference.outputs(states[:1])[0], inputs["weights"].get("log_std")
            wrong = wrong_chances(actions, outputs) if log_std is None else wrong_spread((actions - outputs) / np.exp(log_std))
            self.g.check(f"{name}, actions are drawn from the policy", not wrong, wrong)

    def check_select_action(self) -> None:
        inputs, reference = self.draw(self.settings)
        states, name = self.states(8), f"{self.kind}: select_action"
        with self.g.guard(name):
            found = fields(self.probe.call("select", **inputs, states=states, seed=self.seed()))
            noted = fields(found.get("buffer"))
            actions = self.expect_actions(noted.get("actions"), len(states))
            chosen = self.expect_actions(found.get("chosen"), len(states))
            form = "ndarray of float32" if self.continuous else "int"
            self.g.check(f"{name}, kind of action", found.get("form") == form, found.get("form"))
            self.g.check(f"{name}, returns the action that it notes", np.array_equal(chosen, actions))
            self.g.check(f"{name}, leaves rewards and terminals to its caller", found.get("rewards") == 0)
            self.compare(f"{name}, states", noted.get("states"), states)
            self.compare_noted(name, {**noted, "gradients": found.get("gradients")}, reference, states, actions)

    def check_returns(self) -> None:
        inputs, reference = self.draw(self.settings)
        rewards = self.g.rng.standard_normal(40)
        for name, terminals in (("one episode", np.zeros(40, bool)), ("episodes", self.g.rng.random(40) < 0.2)):
            with self.g.guard(f"{self.kind}: returns, {name}"):
                found = self.probe.call("returns", **inputs, rewards=rewards, terminals=terminals)
                self.compare(f"{self.kind}: returns, {name}", found, reference.returns(rewards, terminals))

    def check_update(self, name: str, moved: bool = False, ends: bool = False, **changed: Any) -> None:
        settings, title = Settings(**{**vars(self.settings), **changed}), f"{self.kind}: update, {name}"
        nearest, largest = 0.0, 0.0
        while not (nearest > 1e-3 and largest < STEADY):  # a ratio on a bound of the clipping would leave the gradient open
            inputs, reference = self.draw(settings)
            steps = self.steps(reference, moved, ends)
            expected, nearest = reference.update(steps, LEARNING_RATE)
            largest = max(float(np.abs(change).max()) for change in expected.values())
        with self.g.guard(title):
            found = fields(self.probe.call("update", **inputs, steps=vars(steps), lr=LEARNING_RATE))
            weights = fields(found.get("weights"))
            for net, names in (("actor", ("actor", "log_std")), ("critic", ("critic",))):
                chosen = [n for n in expected if n.startswith(names)]
                after = np.concatenate([expect_array(weights.get(n), expected[n].shape).ravel() for n in chosen])
                change = after - np.concatenate([inputs["weights"][n].ravel() for n in chosen])
                wanted = np.concatenate([expected[n].ravel() for n in chosen])
                apart = float(np.abs(change - wanted).max() / max(np.abs(wanted).max(), 1e-3))
                self.g.check(f"{title}, {net}", apart <= TOLERANCE, f"largest difference {apart:.2g} of the largest change")
            self.g.check(f"{title}, the buffer is empty", found.get("left") == 0, found.get("left"))

    def steps(self, reference: Reference, moved: bool, ends: bool, count: int = 60) -> Steps:
        rng, states, actions = self.g.rng, self.states(count), self.actions(count)
        log_probs = reference.evaluate(states, actions)[0].detach().numpy()
        # Ratios 1 - 2.5 * CLIP to 1 - 1.2 * CLIP, 1, and 1 + 1.2 * CLIP to 1 + 2.5 * CLIP
        ratios = 1 + float(moved) * CLIP * rng.choice([-1, 0, 1], count) * rng.uniform(1.2, 2.5, count)
        return Steps(
            states=states,
            actions=actions,
            log_probs=(log_probs - np.log(ratios)).astype(np.float32),
            values=rng.standard_normal(count, np.float32),
            rewards=rng.standard_normal(count) + 1,
            terminals=rng.random(count) < (0.2 if ends else 0),
        )

    def draw(self, settings: Settings) -> tuple[dict[str, Any], Reference]:
        """Arguments of the probe with new weights, and the reference that has them too."""
        weights = {}
        for name, shape in settings.shapes().items():
            spread = shape[1] ** -0.5 if len(shape) == 2 else 0.3
            weights[name] = (spread * self.g.rng.standard_normal(shape)).astype(np.float32)
        return {"settings": vars(settings), "weights": weights}, Reference(settings, weights)

    def states(self, count: int) -> np.ndarray:
        return self.g.rng.standard_normal((count, self.settings.state_dim), np.float32)

    def actions(self, count: int) -> np.ndarray:
        size = self.settings.action_dim
        if self.continuous:
            return self.g.rng.standard_normal((count, size), np.float32)
        return self.g.rng.integers(size, size=count)

    def expect_actions(self, found: Any, count: int) -> np.ndarray:
        """Actions as the submission gave them; discrete ones within their range."""
        if self.continuous:
            return expect_array(found, (count, self.settings.action_dim))
        actions = expect_array(found, (count,), "i").astype(np.int64)
        if ((actions < 0) | (actions >= self.settings.action_dim)).any():
            raise SubmissionError("there is no such action")
        return actions

    def compare_noted(
        self, name: str, found: Mapping[str, Any], reference: Reference, states: np.ndarray, actions: np.ndarray
    ) -> None:
        """What goes with actions that the submission drew: their log-probabilities, and the values of the states."""
        for entry, expected in zip(("log_probs", "values"), reference.evaluate(states, actions)[:2], strict=True):
            self.compare(f"{name}, {entry}", found.get(entry), expected.detach().numpy())
        self.g.check(f"{name}, nothing needs a gradient", found.get("gradients") is False)

    def compare(self, name: str, found: Any, expected: np.ndarray) -> None:
        with self.g.guard(name):
            error = float((np.abs(expect_array(found, expected.shape) - expected) / (1 + np.abs(expected))).max())
            self.g.check(name, error <= TOLERANCE, f"largest difference {error:.2g}")

    def seed(self) -> int:
        return int(self.g.rng.integers(2**31))


def wrong_chances(actions: np.ndarray, logits: np.ndarray) -> str:
    """How discrete actions differ from the softmax of the logits, at six standard errors."""
    chances = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    shares = np.bincount(actions, minlength=len(chances)) / len(actions)
    allowed = 6 * np.sqrt(chances / len(actions)) + 1e-3
    return f"shares {shares.round(3)} for {chances.round(3)}" if (np.abs(shares - chances) > allowed).any() else ""


def wrong_spread(standard: np.ndarray) -> str:
    """How continuous actions, less their means and over their deviations, differ from independent standard normal ones."""
    error = 6 / len(standard) ** 0.5
    covariance = standard.T @ standard / len(standard)
    mean, apart = np.abs(standard.mean(axis=0)).max(), np.abs(covariance - np.eye(len(covariance))).max()
    return f"mean off by {mean:.2g} deviations, covariance by {apart:.2g}" if mean > error or apart > error * 2**0.5 else ""


def fields(answer: Any) -> Mapping[str, Any]:
    if not isinstance(answer, dict):
        raise SubmissionError("the probe gave no record")
    return answer
