"""Compares the submitted ChannelViT with the reference, number by number, on weights, images and channels drawn here."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from reference import Reference, shapes

from mldevbench.grading import Grading, Probe, SubmissionError, expect_array

Geometry = dict[str, int]
TOLERANCE = 1e-3
NAMES = ("img_size", "patch_size", "in_chans", "embed_dim", "depth", "num_heads")


def grade(g: Grading) -> None:
    geometries = {"given geometry": {name: int(g.values[name]) for name in NAMES}, "other geometry": other_geometry(g)}
    with g.guard("channel_vit.py runs"), g.probe() as probe:
        for title, geometry in geometries.items():
            check_parameters(g, probe, title, geometry)
            check_numbers(g, probe, title, geometry)


def other_geometry(g: Grading) -> Geometry:
    patch, heads = int(g.rng.choice([2, 3, 5])), int(g.rng.choice([1, 3]))
    sizes = {"img_size": patch * int(g.rng.integers(3, 6)), "embed_dim": heads * int(g.rng.integers(4, 9)) * 2}
    return {"patch_size": patch, "num_heads": heads, "in_chans": int(g.rng.integers(7, 11)), "depth": 1, **sizes}


def check_parameters(g: Grading, probe: Probe, title: str, geometry: Geometry) -> None:
    expected = {name: list(shape) for name, shape in shapes(geometry).items()}
    found = fields(probe.call("describe", geometry=geometry))
    parameters = found.get("parameters")
    names = set(parameters) if isinstance(parameters, dict) else set()
    odd = sorted(n for n in names | set(expected) if not names or parameters.get(n) != expected.get(n))
    g.check(f"{title}: parameters have the names and shapes asked for", not odd, ", ".join(odd[:5]))
    g.check(f"{title}: all are trainable, and there are no buffers", found.get("frozen") == [] and found.get("buffers") == [])
    patches = (geometry["img_size"] // geometry["patch_size"]) ** 2
    g.check(f"{title}: num_patches", found.get("num_patches") == patches, f"{found.get('num_patches')!r}, not {patches}")
    table = expect_array(found.get("channel_embed"), (geometry["in_chans"], geometry["embed_dim"]))
    random = 0.005 <= float(table.std()) <= 0.05 and len(np.unique(table, axis=0)) == len(table)
    g.check(f"{title}: a fresh channel table is random", random, f"standard deviation {table.std():.4f}")


def check_numbers(g: Grading, probe: Probe, title: str, geometry: Geometry) -> None:
    weights = {name: draw(g, name, shape) for name, shape in shapes(geometry).items()}
    reference = Reference(geometry, weights)
    size = geometry["img_size"]
    for case, channels in cases(g, geometry["in_chans"]):
        images = g.rng.standard_normal((*channels.shape, size, size), np.float32)
        with g.guard(f"{title}, {case}"), torch.no_grad():
            found = fields(probe.call("run", geometry=geometry, weights=weights, images=images, channels=channels))
            for name in ("patches", "tokens", "output"):
                expected = getattr(reference, name)(images, channels).numpy()
                compare(g, f"{title}, {case}: {name}", found.get(name), expected)
    with g.guard(f"{title}: gradients"):
        check_gradients(g, probe, title, reference, weights)


def check_gradients(g: Grading, probe: Probe, title: str, reference: Reference, weights: Mapping[str, np.ndarray]) -> None:
    geometry = reference.geometry
    channels = g.rng.permutation(geometry["in_chans"])[:3].reshape(1, 3).repeat(2, axis=0)
    images = g.rng.standard_normal((2, 3, geometry["img_size"], geometry["img_size"]), np.float32)
    factor = g.rng.standard_normal(tuple(reference.tokens(images, channels).shape), np.float32)
    inputs: dict[str, Any] = {"geometry": dict(geometry), "weights": dict(weights), "images": images, "channels": channels}
    found = fields(probe.call("gradients", **inputs, factor=factor))
    for name, value in reference.gradients(images, channels, factor).items():
        compare(g, f"{title}: gradient of {name}", found.get(name), value)
    table = expect_array(found.get("patch_embed.channel_embed"), weights["patch_embed.channel_embed"].shape)
    unused = np.setdiff1d(np.arange(len(table)), channels)
    g.check(f"{title}: channels that were not given get no gradient", not table[unused].any())


def cases(g: Grading, known: int) -> Iterator[tuple[str, np.ndarray]]:
    """What the channels of a batch may be, (B, C) each."""
    yield "all channels", np.tile(np.arange(known), (2, 1))
    yield "another order", np.tile(g.rng.permutation(known), (2, 1))
    yield "a single channel", g.rng.permutation(known)[:3, None]
    yield "a subset for each image", np.stack([g.rng.permutation(known - 1)[:3] for _ in range(3)])


def draw(g: Grading, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Weights of a size at which each of them shows in the result; normalisation stays near the identity."""
    spread = 0.5 if len(shape) != 2 or "channel" in name else shape[1] ** -0.5
    centre = 1.0 if "norm" in name and name.endswith("weight") else 0.0
    return (centre + spread * g.rng.standard_normal(shape, np.float32)).astype(np.float32)


def compare(g: Grading, name: str, found: Any, expected: np.ndarray) -> None:
    with g.guard(name):
        array = expect_array(found, expected.shape)
        error = float((np.abs(array - expected) / (1 + np.abs(expected))).max())
        g.check(name, error <= TOLERANCE, f"largest difference {error:.2g}")


def fields(answer: Any) -> Mapping[str, Any]:
    if not isinstance(answer, dict):
        raise SubmissionError("the probe gave no record")
    return answer
