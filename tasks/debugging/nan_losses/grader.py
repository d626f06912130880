"""Runs the submitted `fit` on new readings and recomputes everything that it recorded."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mldevbench.grading import Grading, SubmissionError, expect_array


@dataclass(frozen=True)
class Form:
    """A set of readings: rows, the firmware, and the average and spread of the three sensors."""

    rows: int
    firmware: float
    speed: tuple[float, float]
    pressure: tuple[float, float]
    temperature: tuple[float, float]


SETS = (
    Form(300, 7, speed=(1800, 350), pressure=(101_000, 2_500), temperature=(35, 6)),
    Form(411, 11, speed=(1500, 200), pressure=(99_500, 4_000), temperature=(20, 9)),
    Form(256, 3, speed=(2400, 500), pressure=(103_000, 1_500), temperature=(50, 4)),
)

LARGEST = 1e30
"""Numbers from here on count as infinite, so that nothing computed from the others overflows."""

DIMENSIONS = {"inputs": 2, "losses": 1, "weights": 2, "biases": 1, "predictions": 1, "x": 2, "y": 1}


@dataclass(frozen=True)
class Record:
    """What the probe handed back, as float64; see `energy/run.py` for the shapes."""

    inputs: np.ndarray
    losses: np.ndarray
    weights: np.ndarray
    biases: np.ndarray
    predictions: np.ndarray
    x: np.ndarray
    y: np.ndarray

    def finite(self) -> bool:
        return all((np.abs(values) < LARGEST).all() for values in vars(self).values())

    def outputs(self, step: int) -> np.ndarray:
        """What the parameters after `step` updates say for the inputs, (n,)."""
        return self.inputs @ self.weights[step] + self.biases[step]


def grade(g: Grading) -> None:
    with g.guard("training runs on new readings"), g.probe() as probe:
        for number, form in enumerate(SETS, start=1):
            x, y = readings(g.rng, form)
            answer = probe.call("fit", x=x, y=y, seed=int(g.rng.integers(2**31)))
            check(g, f"set {number}: ", record(answer), x, y)


def record(answer: Any) -> Record:
    """The probe's answer, which agent code may have tampered with."""
    if not isinstance(answer, dict):
        raise SubmissionError("the record of training is missing")
    return Record(**{name: expect_array(answer.get(name), (None,) * ndim, finite=False) for name, ndim in DIMENSIONS.items()})


def readings(rng: np.random.Generator, form: Form) -> tuple[np.ndarray, np.ndarray]:
    """Readings (rows, 4) and power (rows,) as `energy/data.py` makes them, with the averages and spreads of `form`."""
    load, weather, room, noise = rng.standard_normal((4, form.rows))
    sensors = (load, 0.6 * load + 0.8 * weather, room)
    columns = [
        mean + spread * z for z, (mean, spread) in zip(sensors, (form.speed, form.pressure, form.temperature), strict=True)
    ]
    x = np.stack([*columns, np.full(form.rows, form.firmware)], axis=1)
    return x.astype(np.float32), (40 + 9 * load + 5 * weather - 3 * room + noise).astype(np.float32)


def check(g: Grading, name: str, run: Record, x: np.ndarray, y: np.ndarray) -> None:
    steps, limit = int(g.values["steps"]), float(g.values["max_error"])
    n, k = run.inputs.shape
    expected = {"inputs": (len(x), min(max(k, 1), 64)), "losses": (steps,), "weights": (steps + 1, k), "biases": (steps + 1,)}
    expected |= {"predictions": (n,), "x": x.shape, "y": y.shape}
    wrong = [f"{field} is {getattr(run, field).shape}" for field, shape in expected.items() if getattr(run, field).shape != shape]
    if not g.check(name + f"a record of {steps} steps", not wrong, ", ".join(wrong)):
        return
    first = next((i for i, loss in enumerate(run.losses) if not abs(loss) < LARGEST), None)
    if not g.check(name + "finite numbers", run.finite(), "" if first is None else f"the loss of step {first + 1} is not finite"):
        return
    g.check(name + "readings unchanged", bool(np.array_equal(run.x, x) and np.array_equal(run.y, y)))
    g.check(name + "inputs are affine in the readings", affine(run.inputs, x))
    middle = run.losses[steps // 2 - 1]
    g.check(name + "losses fall", bool(run.losses[-1] <= middle * (1 + 1e-4) and middle < run.losses[0]))
    actual = np.array([np.mean((run.outputs(step) - y) ** 2) for step in range(steps)])
    apart = np.abs(run.losses - actual) > 1e-3 * actual + 1e-4
    g.check(name + "losses are those of the parameters", not apart.any(), _steps(apart))
    strayed = np.array([not follows_gradient(run, y, step) for step in range(steps)])
    g.check(name + "updates follow the gradient", not strayed.any(), _steps(strayed))
    same = np.allclose(run.predictions, run.outputs(steps), rtol=1e-3, atol=1e-2)
    error = float(np.mean((run.predictions - y) ** 2) / np.var(y))
    g.check(name + "predictions are those of the parameters", bool(same))
    g.check(name + "the fit is good", error <= limit, f"mean squared error {error:.4f} of the variance of y, at most {limit}")
    g.metric(f"error_{name[4]}", error, "fraction")


def affine(inputs: np.ndarray, x: np.ndarray) -> bool:
    """Whether every column of `inputs` is a constant plus a linear combination of the columns of `x`."""
    centred = x.astype(np.float64) - x.mean(axis=0, dtype=np.float64)
    spread = centred.std(axis=0)
    basis = np.column_stack([np.ones(len(x)), centred[:, spread > 0] / spread[spread > 0]])
    missed = inputs - basis @ np.linalg.lstsq(basis, inputs, rcond=None)[0]
    return bool((missed.std(axis=0) <= 1e-3 * inputs.std(axis=0) + 1e-6 * np.abs(inputs).max(axis=0)).all())


def follows_gradient(run: Record, y: np.ndarray, step: int) -> bool:
    """Whether one update goes down the gradient of the mean squared error, to what float32 can tell."""
    residual = run.outputs(step) - y
    gradient = 2 * np.append(run.inputs.T @ residual, residual.sum()) / len(y)
    before, after = (np.append(run.weights[s], run.biases[s]) for s in (step, step + 1))
    update = after - before
    rounding = 1e-5 * np.linalg.norm(before)
    if np.linalg.norm(update) <= rounding:
        return bool(np.linalg.norm(gradient) <= 100 * rounding)  # arrived: nothing is left to follow
    rate = -(update @ gradient) / (gradient @ gradient)
    return bool(rate > 0 and np.linalg.norm(update + rate * gradient) <= 0.02 * np.linalg.norm(update) + rounding)


def _steps(wrong: np.ndarray) -> str:
    return f"not at step {', '.join(str(i + 1) for i in np.flatnonzero(wrong)[:5])}" if wrong.any() else ""
