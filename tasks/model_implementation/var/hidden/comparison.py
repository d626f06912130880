"""The submission beside the reference: the two methods, one property at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from reference import Geometry, Reference

from mldevbench.grading import Grading, Probe, SubmissionError, expect_array

TOLERANCE = 1e-3
CLOSEST = 5e-5
"""A draw that lies closer to a bound between two tokens may fall to either side: the case is drawn again."""
BATCH = 2
MANY = 600


class Comparison:
    """One geometry, with one set of weights."""

    def __init__(self, g: Grading, probe: Probe, title: str, geometry: Geometry) -> None:
        self.g, self.probe, self.title, self.geometry = g, probe, title, geometry
        weights = {name: draw(g, name, shape) for name, shape in geometry.shapes().items()}
        self.reference = Reference(geometry, weights)
        self.inputs: dict[str, Any] = {"geometry": {**vars(geometry), "sizes": list(geometry.sizes)}, "weights": weights}

    def check(self) -> None:
        self.check_scores()
        self.check_causality()
        self.check_gradients()
        self.check_dropped_labels()
        self.check_images()
        self.check_drawing_again()
        self.check_errors()

    def check_scores(self) -> None:
        labels, rows = self.labels(), self.reference.inputs(self.tokens())
        with torch.no_grad():
            for level in range(-1, len(self.geometry.sizes)):
                name, end = f"{self.title}: scores, prog_si {level}", self.geometry.ends[level]
                with self.g.guard(name):
                    # All rows for half of the levels, and for the others those that are needed
                    given = rows if level % 2 else rows[:, : end - 1]
                    found = self.probe.call("scores", **self.inputs, labels=labels, rows=given, prog_si=level)
                    self.compare(name, found, self.reference.scores(labels, rows[:, : end - 1]).numpy())

    def check_causality(self) -> None:
        labels, tokens, ends = self.labels(), self.tokens(), self.geometry.ends
        shape = (BATCH, ends[-1], self.geometry.vocabulary)
        for level, end in enumerate(ends[:-1]):
            name = f"{self.title}: tokens of level {level} change nothing up to it"
            with self.g.guard(name):
                other, begin = tokens.copy(), end - self.geometry.sizes[level] ** 2
                other[:, begin:end] = (other[:, begin:end] + 1) % self.geometry.vocabulary
                rows = [self.reference.inputs(t) for t in (tokens, other)]
                calls = [self.probe.call("scores", **self.inputs, labels=labels, rows=r, prog_si=-1) for r in rows]
                before, after = (expect_array(found, shape)[:, :end] for found in calls)
                self.compare(name, after, before)

    def check_gradients(self) -> None:
        labels, rows = self.labels(), self.reference.inputs(self.tokens())
        factor = self.g.rng.standard_normal((BATCH, self.geometry.ends[-1], self.geometry.vocabulary), np.float32)
        with self.g.guard(f"{self.title}: gradients"):
            found = fields(self.probe.call("gradients", **self.inputs, labels=labels, rows=rows, factor=factor))
            for name, expected in self.reference.gradients(labels, rows, factor).items():
                self.compare(f"{self.title}: gradient of {name}", found.get(name), expected)

    def check_dropped_labels(self) -> None:
        """The rate must be within 4.5 standard deviations, which an honest one misses once in 1e5 times."""
        name, rate = f"{self.title}: labels dropped in training", self.geometry.drop_rate
        labels, end = self.g.rng.integers(self.geometry.classes, size=MANY), self.geometry.ends[1]
        rows = np.repeat(self.reference.inputs(self.tokens()[:1])[:, : end - 1], MANY, axis=0)
        with self.g.guard(name), torch.no_grad():
            answer = self.probe.call("trained", **self.inputs, labels=labels, rows=rows, seed=self.seed())
            found = expect_array(answer, (MANY, end, self.geometry.vocabulary))
            kept, dropped = (
                differences(found, self.reference.scores(who, rows).numpy()) <= TOLERANCE
                for who in (labels, np.full(MANY, self.geometry.classes))
            )
            self.g.check(f"{name}: scores are those for the label or for none", (kept ^ dropped).all())
            share, spread = float(dropped.mean()), (rate * (1 - rate) / MANY) ** 0.5
            self.g.check(f"{name}: rate", abs(share - rate) <= 4.5 * spread, f"{share:.3f}, not {rate:.3f}")

    def check_images(self) -> None:
        for number in range(len(list(self.cases()))):
            closest, expected = 0.0, np.empty(0)
            while closest < CLOSEST:  # at the first level the bounds of top_k and top_p follow from the labels, whatever the seed
                title, given, training = list(self.cases())[number]
                seed = self.seed()
                expected, closest = self.reference.images(seed=seed, **given)
            name = f"{self.title}: images, {title}"
            with self.g.guard(name):
                answer = fields(self.probe.call("draw", **self.inputs, given={**given, "seed": seed}, training=training))
                self.compare(name, self.image(answer, 0, given["batch"]), expected)
                self.check_course(name, answer)
                self.g.check(f"{name}, without gradients", answer.get("gradients") is False)

    def cases(self) -> Iterator[tuple[str, dict[str, Any], bool]]:
        """What is given: a name, arguments, and whether the model is in training mode."""
        labels, one = self.labels(), int(self.g.rng.integers(self.geometry.classes))
        yield "no guidance", {"batch": BATCH, "labels": labels, "cfg": 0.0}, False
        yield "guidance", {"batch": BATCH, "labels": labels, "cfg": float(self.g.rng.uniform(2, 4))}, False
        yield "arguments left out", {"batch": BATCH, "labels": None}, False
        yield "top_k", {"batch": BATCH, "labels": one, "top_k": int(self.g.rng.integers(2, 6))}, False
        yield "top_p", {"batch": BATCH, "labels": labels, "cfg": 1.0, "top_p": float(self.g.rng.uniform(0.3, 0.7))}, False
        yield "training mode", {"batch": 1, "labels": one, "top_k": 5, "top_p": 0.9}, True

    def check_course(self, name: str, answer: Mapping[str, Any]) -> None:
        squares = [side * side for side in self.geometry.sizes]
        lengths = answer.get("lengths")
        self.g.check(f"{name}, tokens given to the blocks", lengths == [squares] * self.geometry.depth, lengths)
        self.g.check(f"{name}, caches are released", answer.get("released") is True)

    def check_drawing_again(self) -> None:
        given = {"batch": BATCH, "labels": self.labels(), "cfg": 0.0}
        with self.g.guard(f"{self.title}: seed None"):
            answer = fields(self.probe.call("draw", **self.inputs, given=given, times=2))
            apart = np.abs(self.image(answer, 0) - self.image(answer, 1)).max()
            self.g.check(f"{self.title}: seed None gives other images each time", apart > TOLERANCE, f"{apart:.2g} apart")
        with self.g.guard(f"{self.title}: after an error"):
            answer = fields(self.probe.call("draw", **self.inputs, given=given, broken=True))
            self.g.check(f"{self.title}: the decoder's error comes through", answer.get("images") == [])
            self.check_course(f"{self.title}: after an error", answer)

    def check_errors(self) -> None:
        classes, levels = self.geometry.classes, len(self.geometry.sizes)
        rows, good = self.reference.inputs(self.tokens()), self.labels()
        calls: dict[str, dict[str, Any]] = {}
        for label in (-1, classes, classes + 3):
            bad = np.array([label, good[0]])
            calls[f"forward, label {label}"] = {"labels": bad, "prog_si": -1}
            calls[f"autoregressive_infer_cfg, label {label}"] = {"labels": bad, "batch": BATCH}
        for level in (-2, levels):
            calls[f"forward, prog_si {level}"] = {"labels": good, "prog_si": level}
        with self.g.guard(f"{self.title}: errors"):
            found = self.probe.call("errors", **self.inputs, rows=rows, calls=list(calls.values()))
            told = found if isinstance(found, list) and len(found) == len(calls) else ["no answer"] * len(calls)
            for name, error in zip(calls, told, strict=True):
                self.g.check(f"{self.title}: {name}: IndexError", error == "IndexError", error)

    def labels(self) -> np.ndarray:
        return self.g.rng.integers(self.geometry.classes, size=BATCH)

    def tokens(self) -> np.ndarray:
        return self.g.rng.integers(self.geometry.vocabulary, size=(BATCH, self.geometry.ends[-1]))

    def seed(self) -> int:
        return int(self.g.rng.integers(2**31))

    def image(self, answer: Mapping[str, Any], index: int, batch: int = BATCH) -> np.ndarray:
        images, side = answer.get("images"), 4 * self.geometry.sizes[-1]
        if not isinstance(images, list) or len(images) <= index:
            raise SubmissionError("the probe gave no images")
        return expect_array(images[index], (batch, 3, side, side))

    def compare(self, name: str, found: Any, expected: np.ndarray) -> None:
        with self.g.guard(name):
            array = expect_array(found, expected.shape)
            error = float(differences(array, expected).max())
            self.g.check(name, error <= TOLERANCE, f"largest difference {error:.2g}")


def draw(g: Grading, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Weights of a size at which each of them shows in the result."""
    spread = 0.3 if name.endswith("bias") else 1.0
    if name.endswith("weight") and len(shape) > 1 and "embedding" not in name and "codebook" not in name:
        spread = float(np.prod(shape[1:])) ** -0.5
    return (spread * g.rng.standard_normal(shape)).astype(np.float32)


def differences(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """The largest of each row (the first dimension)."""
    return np.asarray((np.abs(found - expected) / (1 + np.abs(expected))).reshape(len(found), -1).max(axis=1))


def fields(answer: Any) -> Mapping[str, Any]:
    if not isinstance(answer, dict):
        raise SubmissionError("the probe gave no record")
    return answer
