"""Compares the submitted vision transformer with the reference, number by number, on weights and images drawn here."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from reference import Geometry, Pair, Reference
from torch import Tensor

from mldevbench.grading import Grading, Probe, SubmissionError, expect_array

TOLERANCE = 1e-3
MODULES = ("patch_embed", "attention", "mlp", "swiglu_ffn", "block", "vision_transformer")
LEAVES = ("patch_embed.proj.weight", "pos_embed")


def grade(g: Grading) -> None:
    for module in MODULES:
        with g.guard(f"dino_v2.{module} can be imported by itself"), g.probe() as probe:
            probe.call("import_alone", module=f"dino_v2.{module}")
    with g.guard("dino_v2 runs"), g.probe() as probe:
        for title, geometry in geometries(g):
            with g.guard(title):
                check_model(g, probe, title, geometry)


def geometries(g: Grading) -> Iterator[tuple[str, Geometry]]:
    size, patch, dim, depth, heads = (
        int(g.values[name]) for name in ("img_size", "patch_size", "embed_dim", "depth", "num_heads")
    )
    yield "given geometry", Geometry((size, size), (patch, patch), dim, depth, heads, "mlp", 0)
    odd = int(g.rng.choice([6, 10])), 4
    for ffn_layer, registers in (("swiglu", 0), ("mlp", int(g.rng.integers(2, 5))), ("swiglu", int(g.rng.integers(2, 5)))):
        grid = g.rng.integers(2, 5, 2)
        sides = int(odd[0] * grid[0]), int(odd[1] * grid[1] + odd[1])
        heads = int(g.rng.integers(1, 4))
        title = f"{ffn_layer} with{'' if registers else 'out'} registers"
        yield title, Geometry(sides, odd, 8 * heads, 2, heads, ffn_layer, registers)


def check_model(g: Grading, probe: Probe, title: str, geometry: Geometry) -> None:
    arguments = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(geometry).items()}
    if geometry.patch_size[0] == geometry.patch_size[1]:
        arguments["patch_size"] = geometry.patch_size[0]
    expected = {name: list(shape) for name, shape in geometry.shapes().items()}
    found = fields(probe.call("describe", geometry=arguments))
    parameters, state = fields(found.get("parameters")), fields(found.get("state"))
    odd = sorted(n for n in {*parameters, *state, *expected} if not parameters.get(n) == state.get(n) == expected.get(n))
    if not g.check(f"{title}: parameters have the names and shapes asked for", not odd, ", ".join(map(str, odd[:5]))):
        return
    weights = {name: draw(g, name, shape) for name, shape in geometry.shapes().items()}
    probe.call("load", name=title, geometry=arguments, weights=weights)
    model = Model(g, probe, title, Reference(geometry, weights))
    for case, sides, patch in cases(geometry):
        with torch.no_grad():
            model.check_features(case, sides, patch)
            model.check_layers(case, sides, patch)
        with g.guard(f"{title}, {case}: gradients"):
            model.check_gradients(case, sides, patch)
    with torch.no_grad():
        model.check_features("after all this", geometry.img_size, None)


def cases(geometry: Geometry) -> Iterator[tuple[str, Pair, int | Pair | None]]:
    """Size of the images and dynamic patch size."""
    (height, width), (p, q) = geometry.img_size, geometry.patch_size
    yield "given size", (height, width), None
    yield "another size", (height + 2 * p, width + q), None
    yield "own patch size as dynamic", (height, width), (p, q)
    yield "half the patch size", (height, width), (p // 2, q // 2)
    yield "a larger patch size", (12 * p, 6 * q), (3 * p // 2, 2 * q)
    yield "an integer", (5 * (p + 1), 3 * (p + 1)), p + 1


class Model:
    """One submitted model, which the probe knows by `title`, and the reference with the same weights."""

    def __init__(self, g: Grading, probe: Probe, title: str, reference: Reference) -> None:
        self.g, self.probe, self.title, self.reference = g, probe, title, reference
        self.first = 1 + reference.geometry.num_register_tokens

    def check_features(self, case: str, sides: Pair, patch: int | Pair | None) -> None:
        for mask in (False, True):
            name = f"{self.title}, {case}{', masked' if mask else ''}"
            images, rows, columns = self._images(sides, patch)
            masks = self.g.rng.random((len(images), rows * columns)) < 0.4 if mask else None
            hidden = None if masks is None else torch.from_numpy(masks)
            last = self.reference.layers(torch.from_numpy(images), hidden, _pair(patch))[-1]
            normed = self.reference.norm(last)
            inputs: dict[str, Any] = {"name": self.title, "images": images, "masks": masks, "patch": _plain(patch)}
            with self.g.guard(f"{name}: features"):
                found = fields(self.probe.call("features", **inputs))
                compare(self.g, f"{name}: x_norm_clstoken", found.get("x_norm_clstoken"), normed[:, 0])
                compare(self.g, f"{name}: x_norm_regtokens", found.get("x_norm_regtokens"), normed[:, 1 : self.first])
                compare(self.g, f"{name}: x_norm_patchtokens", found.get("x_norm_patchtokens"), normed[:, self.first :])
                compare(self.g, f"{name}: x_prenorm", found.get("x_prenorm"), last)
            with self.g.guard(f"{name}: forward"):
                compare(self.g, f"{name}: forward", self.probe.call("forward", **inputs), normed[:, 0])

    def check_layers(self, case: str, sides: Pair, patch: int | Pair | None) -> None:
        name, depth = f"{self.title}, {case}", self.reference.geometry.depth
        images, rows, columns = self._images(sides, patch)
        layers = self.reference.layers(torch.from_numpy(images), None, _pair(patch))
        inputs: dict[str, Any] = {"name": self.title, "images": images, "patch": _plain(patch)}
        some = sorted(int(i) for i in self.g.rng.permutation(depth)[: max(1, depth // 2)])
        for n, reshape, class_token, norm in ((depth, False, False, True), (1, True, True, True), (some, True, False, False)):
            options = {"n": n, "reshape": reshape, "return_class_token": class_token, "norm": norm}
            indices = n if isinstance(n, list) else range(depth - n, depth)
            with self.g.guard(f"{name}: get_intermediate_layers"):
                found = self.probe.call("layers", **inputs, options=options)
                expected = [self._layer(layers[i + 1], options, rows, columns) for i in indices]
                compare_lists(self.g, f"{name}: get_intermediate_layers", found, expected)
        with self.g.guard(f"{name}: get_last_self_attention"):
            weights = self.reference.attention(depth - 1, layers[-2])
            compare(self.g, f"{name}: get_last_self_attention", self.probe.call("attention", **inputs), weights)

    def check_gradients(self, case: str, sides: Pair, patch: int | Pair | None) -> None:
        images, _, _ = self._images(sides, patch)
        factor = self.g.rng.standard_normal((len(images), self.reference.geometry.embed_dim), np.float32)
        leaves = [self.reference.weights[name].requires_grad_() for name in LEAVES]
        last = self.reference.layers(torch.from_numpy(images), None, _pair(patch))[-1]
        total = (self.reference.norm(last)[:, 0] * torch.from_numpy(factor)).sum()
        expected = torch.autograd.grad(total, leaves)
        for leaf in leaves:
            leaf.requires_grad_(False)
        inputs: dict[str, Any] = {"name": self.title, "images": images, "patch": _plain(patch), "names": list(LEAVES)}
        found = fields(self.probe.call("gradients", **inputs, factor=factor))
        for name, value in zip(LEAVES, expected, strict=True):
            compare(self.g, f"{self.title}, {case}: gradient of {name}", found.get(name), value, float(value.abs().max()))

    def _layer(self, tokens: Tensor, options: Mapping[str, Any], rows: int, columns: int) -> list[Tensor]:
        tokens = self.reference.norm(tokens) if options["norm"] else tokens
        patches = tokens[:, self.first :]
        if options["reshape"]:
            patches = patches.reshape(len(patches), rows, columns, -1).permute(0, 3, 1, 2)
        return [patches, tokens[:, 0]] if options["return_class_token"] else [patches]

    def _images(self, sides: Pair, patch: int | Pair | None) -> tuple[np.ndarray, int, int]:
        size = _pair(patch) or self.reference.geometry.patch_size
        images = self.g.rng.standard_normal((2, 3, *sides), np.float32)
        return images, sides[0] // size[0], sides[1] // size[1]


def compare(g: Grading, name: str, found: Any, expected: Tensor, scale: float = 1.0) -> None:
    with g.guard(name):
        wanted = expected.detach().numpy()
        error = np.abs(expect_array(found, wanted.shape).astype(np.float64) - wanted) / (scale + np.abs(wanted))
        worst = float(error.max()) if error.size else 0.0
        g.check(name, worst <= TOLERANCE, f"largest difference {worst:.2g}")


def compare_lists(g: Grading, name: str, found: Any, expected: list[list[Tensor]]) -> None:
    lengths = [len(layer) if isinstance(layer, list) else -1 for layer in found] if isinstance(found, list) else []
    if g.check(f"{name}: as many as asked for", lengths == [len(layer) for layer in expected], f"{lengths[:9]}"):
        for layer, wanted in zip(found, expected, strict=True):
            for part, value in zip(layer, wanted, strict=True):
                compare(g, name, part, value)


def draw(g: Grading, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Weights of a size at which each of them shows in the result; normalisation stays near the identity."""
    matrix = len(shape) in (2, 4) and "token" not in name
    spread = float(np.prod(shape[1:])) ** -0.5 if matrix else 0.3
    centre = 1.0 if "norm" in name and name.endswith("weight") else 0.0
    return (centre + spread * g.rng.standard_normal(shape, np.float32)).astype(np.float32)


def fields(answer: Any) -> Mapping[str, Any]:
    if not isinstance(answer, dict):
        raise SubmissionError("the probe gave no record")
    return answer


def _pair(patch: int | Pair | None) -> Pair | None:
    return (patch, patch) if isinstance(patch, int) else patch


def _plain(patch: int | Pair | None) -> Any:
    return list(patch) if isinstance(patch, tuple) else patch
