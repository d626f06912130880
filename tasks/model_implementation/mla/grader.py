"""Compares the submitted attention with the reference, number by number, on weights, tokens and caches drawn here."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from reference import Geometry, Reference

from mldevbench.grading import Grading, Probe, SubmissionError, expect_array

TOLERANCE = 1e-3
BATCH = 2


def grade(g: Grading) -> None:
    given = Geometry(int(g.values["d_model"]), int(g.values["heads"]), int(g.values["max_len"]), 10_000.0)
    with g.guard("mla.py runs"), g.probe() as probe:
        for title, geometry in {"given geometry": given, "other geometry": other_geometry(g)}.items():
            weights = {name: draw(g, name, shape) for name, shape in geometry.shapes().items()}
            case = Comparison(g, probe, title, geometry, weights)
            case.check_numbers()
            case.check_causality()
            case.check_gradients()


def other_geometry(g: Grading) -> Geometry:
    heads, head_dim = int(g.rng.choice([3, 5])), int(g.rng.choice([8, 12, 20]))
    return Geometry(heads * head_dim, heads, int(g.rng.integers(30, 50)), float(g.rng.integers(50, 500)))


class Comparison:
    """The submission beside the reference, for one geometry and one set of weights."""

    def __init__(self, g: Grading, probe: Probe, title: str, geometry: Geometry, weights: Mapping[str, np.ndarray]) -> None:
        self.g, self.probe, self.title, self.geometry = g, probe, title, geometry
        self.inputs: dict[str, Any] = {"geometry": vars(geometry), "weights": dict(weights)}
        self.reference = Reference(geometry, weights)

    def check_numbers(self) -> None:
        for name, lengths, past in self.cases():
            title = f"{self.title}, {name}"
            cache = self.cache(past)
            with self.g.guard(title), torch.no_grad():
                x = self.tokens(sum(lengths))
                pieces = np.split(x, np.cumsum(lengths)[:-1], axis=1)
                found = self.run(pieces, cache)
                output, rows = (value.numpy() for value in self.reference.run(x, cache))
                ends = past + np.cumsum(lengths)
                for number, (end, length) in enumerate(zip(ends, lengths, strict=True)):
                    self.compare(f"{title}: cache", item(found, "caches", number), rows[:, :end])
                    self.compare(f"{title}: output", item(found, "outputs", number), output[:, end - past - length : end - past])
                given = [*pieces, *([cache] if past else [])]
                same = all(np.array_equal(item(found, "kept", i), value) for i, value in enumerate(given))
                self.g.check(f"{title}: tokens and cache are not modified", same)

    def cases(self) -> Iterator[tuple[str, Sequence[int], int]]:
        """What is given: a name, the lengths of the pieces, and how many rows a drawn cache holds."""
        rng = self.g.rng
        some = int(rng.integers(6, 10))
        yield "a single token", [1], 0
        yield "all tokens at once", [some], 0
        yield "token by token", [1] * some, 0
        yield "in pieces", [int(n) for n in rng.permutation([1, 2, 3, 5])], 0
        yield "with a cache of other tokens", [2, 3], some
        yield "up to the last position", [3], self.geometry.max_len - 3

    def check_causality(self) -> None:
        name = f"{self.title}: later tokens change nothing before them"
        with self.g.guard(name):
            x = self.tokens(7)
            other = np.concatenate([x[:, :4], self.tokens(3)], axis=1)
            first, second = (item(self.run([tokens], self.cache(0)), "outputs", 0) for tokens in (x, other))
            self.compare(name, first[:, :4], second[:, :4])

    def check_gradients(self) -> None:
        x, cache = self.tokens(4), self.cache(3)
        factor = self.g.rng.standard_normal(x.shape, np.float32)
        with self.g.guard(f"{self.title}: gradients"):
            found = self.probe.call("gradients", **self.inputs, x=x, cache=cache, factor=factor)
            for name, expected in self.reference.gradients(x, cache, factor).items():
                self.compare(f"{self.title}: gradient of {name}", fields(found).get(name), expected)

    def run(self, pieces: list[np.ndarray], cache: np.ndarray) -> Mapping[str, Any]:
        return fields(self.probe.call("run", **self.inputs, pieces=pieces, cache=cache if cache.size else None))

    def tokens(self, length: int) -> np.ndarray:
        return self.g.rng.standard_normal((BATCH, length, self.geometry.d_model), np.float32)

    def cache(self, past: int) -> np.ndarray:
        """Rows as other tokens would leave them."""
        return 3 * self.g.rng.standard_normal((BATCH, past, self.geometry.cached), np.float32)

    def compare(self, name: str, found: Any, expected: np.ndarray) -> None:
        with self.g.guard(name):
            array = expect_array(found, expected.shape)
            error = float((np.abs(array - expected) / (1 + np.abs(expected))).max())
            self.g.check(name, error <= TOLERANCE, f"largest difference {error:.2g}")


def draw(g: Grading, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Weights of a size at which each of them shows in the result; what is cached is far from normalised."""
    noise = g.rng.standard_normal(shape, np.float32)
    if name.startswith("norm"):
        return (float(name.endswith("weight")) + 0.3 * noise).astype(np.float32)
    return ((3.0 if name.startswith("down") else 1.0) * noise * shape[1] ** -0.5).astype(np.float32)


def fields(answer: Any) -> Mapping[str, Any]:
    if not isinstance(answer, dict):
        raise SubmissionError("the probe gave no record")
    return answer


def item(answer: Mapping[str, Any], name: str, index: int) -> np.ndarray:
    """Entry `index` of the list `name`, an array (batch, length, features)."""
    values = answer.get(name)
    if not isinstance(values, list) or len(values) <= index:
        raise SubmissionError(f"the probe gave no {name}")
    return expect_array(values[index], (BATCH, None, None))
