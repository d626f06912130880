"""A problem in which the best action depends on the state, in a way that only the rewards tell."""

from __future__ import annotations

from typing import Any

import numpy as np

from mldevbench.grading import Grading, Probe, expect_array

KINDS = ("continuous", "discrete")
RUNS = 3
STATE_DIM = 4
ACTION_DIM = {"continuous": 2, "discrete": 3}
EPISODE = 4
EVALUATED = 500


class Contest:
    """Some runs of training, each with a new secret problem; all must end well."""

    def __init__(self, g: Grading, probe: Probe, kind: str) -> None:
        self.g, self.probe, self.kind = g, probe, kind

    def check(self) -> None:
        measure = "score" if self.kind == "continuous" else "accuracy"
        limit = float(self.g.values[f"min_{measure}"])
        for number in range(1, RUNS + 1):
            reached = self.run()
            self.g.metric(f"{measure}_{number}", reached, "fraction")
            self.g.check(f"learning, {self.kind}, run {number}", reached >= limit, f"{measure} {reached:.3f}, at least {limit}")

    def run(self) -> float:
        """Trains from the start, and says how good the actions are for new states afterwards."""
        g, kind, steps = self.g, self.kind, int(self.g.values["steps"])
        matrix = np.linalg.qr(g.rng.standard_normal((STATE_DIM, STATE_DIM)))[0][:, : ACTION_DIM[kind]]
        sizes: dict[str, Any] = {"state_dim": STATE_DIM, "action_dim": ACTION_DIM[kind], "continuous": kind == "continuous"}
        self.probe.call("begin", **sizes, seed=int(g.rng.integers(2**31)))
        terminals = np.arange(1, steps + 1) % EPISODE == 0
        for _ in range(int(g.values["updates"])):
            self.probe.call("learn", rewards=self.rewards(matrix, steps), terminals=terminals)
        mean = float(self.rewards(matrix, EVALUATED).mean())
        return 1 + mean if kind == "continuous" else mean

    def rewards(self, matrix: np.ndarray, count: int) -> np.ndarray:
        """What the submission earns in new states. Discrete: 1 for the action that is wanted, else 0. Continuous: minus the mean
        squared distance to the action that is wanted, which is -1 on average for doing nothing."""
        states = self.g.rng.standard_normal((count, STATE_DIM), np.float32)
        wanted, found = states @ matrix, self.probe.call("collect", states=states)
        if self.kind == "discrete":
            return (expect_array(found, (count,), "i") == wanted.argmax(axis=1)).astype(np.float64)
        return -((expect_array(found, wanted.shape).clip(-1e3, 1e3) - wanted) ** 2).mean(axis=1)
