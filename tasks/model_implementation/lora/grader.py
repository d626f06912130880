"""Compares the submitted layer with the reference, number by number, on shapes, weights and inputs drawn here."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from reference import Arrays, Layer, gradients, merged_weight, output

from mldevbench.grading import Grading, Probe, SubmissionError, expect_array

TOLERANCE = 1e-4
LARGE = 100_000
"""Elements of the fresh matrices that are looked at: their mean and spread are then known to about half a percent."""
STEPS = {"merge": True, "merge again": True, "unmerge": False, "unmerge again": False}
"""What is done in turn -> whether the layer is merged after it."""


def grade(g: Grading) -> None:
    given = Layer(*(int(g.values[name]) for name in ("in_features", "out_features", "rank")), float(g.values["alpha"]), True)
    layers = {"given numbers": given, "other numbers": drawn(g, bias=True), "other numbers, no bias": drawn(g, bias=False)}
    with g.guard("lora.py runs"), g.probe() as probe:
        for title, layer in layers.items():
            check_attributes(g, probe, title, layer)
            weights = {name: draw(g, shape) * np.float32(shape[-1] ** -0.5) for name, shape in layer.shapes.items()}
            check_outputs(g, probe, title, layer, weights)
            with g.guard(f"{title}: gradients"):
                check_gradients(g, probe, title, layer, weights)
            with g.guard(f"{title}: merging"):
                check_merging(g, probe, title, layer, weights)
        for rank in (4, 25):
            with g.guard(f"fresh values, rank {rank}"):
                check_fresh(g, probe, Layer(LARGE // rank, 16, rank, 1.0, True))


def drawn(g: Grading, bias: bool) -> Layer:
    return Layer(*(int(n) for n in g.rng.integers((5, 5, 2), (40, 40, 7))), float(g.rng.uniform(1.5, 6)), bias)


def check_attributes(g: Grading, probe: Probe, title: str, layer: Layer) -> None:
    found = fields(probe.call("describe", layer=asdict(layer)))
    shapes = {name: list(shape) for name, shape in layer.shapes.items()}
    g.check(f"{title}: parameters have the names and shapes asked for", found.get("shapes") == shapes, found.get("shapes"))
    trainable, state = names(found.get("trainable")), names(found.get("state"))
    g.check(f"{title}: all but linear.weight are trainable", trainable == shapes.keys() - {"linear.weight"}, sorted(trainable))
    g.check(f"{title}: the state_dict holds the parameters only", state == shapes.keys(), sorted(state))
    told = tuple(found.get(name) for name in ("rank", "alpha", "merged"))
    g.check(f"{title}: rank, alpha and merged", told == (layer.rank, layer.alpha, False), told)


def check_fresh(g: Grading, probe: Probe, layer: Layer) -> None:
    answer = probe.call("fresh", layer=asdict(layer))
    if not isinstance(answer, list) or len(answer) != 3:
        raise SubmissionError("the probe gave no three matrices")
    a, b, other = (expect_array(v, layer.shapes[name]) for v, name in zip(answer, ("lora_A", "lora_B", "lora_A"), strict=True))
    g.check(f"rank {layer.rank}: a fresh lora_B is zero", not b.any())
    scaled = a.astype(np.float64) * layer.rank**0.5
    mean, spread, beyond = scaled.mean(), scaled.std(), (np.abs(scaled) > 2).mean()
    # 4.55 % of a normal distribution lie beyond twice its standard deviation, of a uniform one none.
    normal = abs(mean) < 0.05 and abs(spread - 1) < 0.05 and 0.035 < beyond < 0.056
    told = f"times sqrt(rank): mean {mean:.3f}, standard deviation {spread:.3f}, {beyond:.4f} beyond 2"
    g.check(f"rank {layer.rank}: a fresh lora_A is normal with deviation 1 / sqrt(rank)", normal, told)
    g.check(f"rank {layer.rank}: each layer draws its own lora_A", not np.array_equal(a, other))


def check_outputs(g: Grading, probe: Probe, title: str, layer: Layer, weights: Arrays) -> None:
    inputs = {f"{len(lead)} leading dimensions": draw(g, (*lead, layer.in_features)) for lead in ((), (6,), (2, 3, 4))}
    with g.guard(f"{title}: outputs"):
        answer = probe.call("outputs", layer=asdict(layer), weights=weights, inputs=list(inputs.values()))
        found = answer if isinstance(answer, list) else []
        for (case, x), y in zip(inputs.items(), [*found, None, None, None], strict=False):
            compare(g, f"{title}: output, {case}", y, output(layer, weights, x))


def check_gradients(g: Grading, probe: Probe, title: str, layer: Layer, weights: Arrays) -> None:
    x, factor = draw(g, (3, 4, layer.in_features)), draw(g, (3, 4, layer.out_features))
    found = fields(probe.call("gradients", layer=asdict(layer), weights=weights, x=x, factor=factor))
    for name, value in gradients(layer, weights, x, factor).items():
        compare(g, f"{title}: gradient of {name}", found.get(name), value)
    g.check(f"{title}: linear.weight gets no gradient", "linear.weight" not in found)


def check_merging(g: Grading, probe: Probe, title: str, layer: Layer, weights: Arrays) -> None:
    x = draw(g, (5, layer.in_features))
    steps = [step.split()[0] for step in STEPS]
    answer = probe.call("merging", layer=asdict(layer), weights=weights, x=x, steps=steps)
    if not isinstance(answer, list) or len(answer) != len(STEPS):
        raise SubmissionError("the probe did not tell what each step did")
    for (step, merged), told in zip(STEPS.items(), map(fields, answer), strict=True):
        weight = merged_weight(layer, weights) if merged else weights["linear.weight"]
        compare(g, f"{title}: output after {step}", told.get("output"), output(layer, weights, x))
        compare(g, f"{title}: linear.weight after {step}", told.get("weight"), weight)
        state = (told.get("merged"), told.get("frozen"))
        g.check(f"{title}: merged, and the weight frozen, after {step}", state == (merged, True), state)


def draw(g: Grading, shape: tuple[int, ...]) -> np.ndarray:
    return g.rng.standard_normal(shape, np.float32)


def compare(g: Grading, name: str, found: Any, expected: np.ndarray) -> None:
    with g.guard(name):
        array = expect_array(found, expected.shape)
        error = float((np.abs(array - expected) / (1 + np.abs(expected))).max())
        g.check(name, error <= TOLERANCE, f"largest difference {error:.2g}")


def names(found: Any) -> set[str]:
    return {str(name) for name in found} if isinstance(found, list) else set()


def fields(answer: Any) -> Mapping[str, Any]:
    if not isinstance(answer, dict):
        raise SubmissionError("the probe gave no record")
    return answer
