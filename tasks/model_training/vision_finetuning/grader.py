"""Trains from the submitted start as was told, and compares result and losses with what was submitted."""

from typing import Any

import numpy as np
from reference import Network, Source, State

from mldevbench.grading import Grading

LABELS, STEPS = 10, 2
LOSS_TOLERANCE = 0.005
FRESH_LOSS = (1.5, 4.0)
ARCHITECTURE = "Dinov2ForImageClassification"
SHAPING = ("model_type", "hidden_size", "num_hidden_layers", "num_attention_heads", "mlp_ratio", "image_size", "patch_size")
"""What a saved configuration must have in common with the pretrained model's."""


def grade(g: Grading) -> None:
    source = Source(g.asset("dinov2_small"), str(g.values["name"]), LABELS)
    told: dict[str, Any] = {}
    with g.guard("model_info.json can be read"):
        told = check_info(g, as_object(g.files.read_json("model_info.json")), source)
    with g.guard("model/config.json can be read"):
        check_config(g, as_object(g.files.read_json("model/config.json")), source)
    states: dict[str, State] = {}
    with g.guard("the saved models can be read"), g.probe() as probe:
        for folder in ("initial", "model"):
            found = as_object(probe.call("tensors", folder=folder))
            if check_tensors(g, folder, found, source):
                states[folder] = found
    if len(states) == 2 and check_start(g, **states, source=source):
        check_training(g, states, source, told)


def as_object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def check_info(g: Grading, info: dict[str, Any], source: Source) -> dict[str, Any]:
    """Returns what is said about the training."""
    model, architecture = as_object(info.get("model")), as_object(info.get("architecture"))
    g.check("model.name", model.get("name") == g.values["name"], repr(model.get("name")))
    g.check("model.source", model.get("source") == "huggingface", repr(model.get("source")))
    g.check("model.parameters", model.get("parameters") == source.parameters, f"{model.get('parameters')!r}")
    g.check("architecture.output_size", architecture.get("output_size") == LABELS, repr(architecture.get("output_size")))
    return as_object(info.get("training"))


def check_config(g: Grading, config: dict[str, Any], source: Source) -> None:
    other = [f"{key} is {config.get(key)!r}" for key in SHAPING if config.get(key) != source.config[key]]
    g.check("the configuration is that of the pretrained model", not other, "; ".join(other))
    g.check("the configuration is for image classification", config.get("architectures") == [ARCHITECTURE])
    labels = len(as_object(config.get("id2label")))
    g.check(f"the configuration has {LABELS} labels", labels == LABELS, f"it has {labels}")


def check_tensors(g: Grading, folder: str, found: dict[str, Any], source: Source) -> bool:
    odd = sorted(found.keys() ^ source.shapes.keys())
    named = g.check(f"{folder} has the network's tensors", not odd, f"missing or in excess: {', '.join(odd[:5])}")
    wrong = [name for name, shape in source.shapes.items() if name in found and not is_sound(found[name], shape)]
    return g.check(f"tensors in {folder} are finite, float32 and of their shapes", not wrong, ", ".join(wrong[:5])) and named


def is_sound(value: Any, shape: tuple[int, ...]) -> bool:
    return isinstance(value, np.ndarray) and value.shape == shape and value.dtype == np.float32 and bool(np.isfinite(value).all())


def check_start(g: Grading, initial: State, model: State, source: Source) -> bool:
    other = [name for name, value in source.backbone.items() if not np.array_equal(initial[name], value)]
    told = f"{len(other)} tensors differ: {', '.join(other[:5])}"
    pretrained = g.check("initial has the pretrained backbone", not other, told)
    moved = any(not np.array_equal(value, model[name]) for name, value in initial.items())
    return g.check("model differs from initial", moved, "nothing was trained") and pretrained


def check_training(g: Grading, states: dict[str, State], source: Source, told: dict[str, Any]) -> None:
    batches = source.batches(g.asset("cifar10"), int(g.values["batch"]), STEPS)
    network, submitted = Network(source, states["initial"]), Network(source, states["model"])
    losses = {"initial_loss": network.loss(batches[0]), "final_loss": submitted.loss(batches[0])}
    fresh = FRESH_LOSS[0] <= losses["initial_loss"] <= FRESH_LOSS[1]
    g.check("the head of initial is a fresh one", fresh, f"the loss is {losses['initial_loss']:.3f}, not in {FRESH_LOSS}")
    before = network.parts()
    network.train(batches, float(g.values["rate"]))
    after, found = network.parts(), submitted.parts()
    for part, wanted in after.items():
        distance = float(np.linalg.norm(found[part] - wanted) / max(np.linalg.norm(wanted - before[part]), 1e-12))
        g.metric(f"{part}_distance", distance, "fraction")
        trained = distance <= float(g.values["tolerance"])
        g.check(f"the {part} was trained as told", trained, f"{distance:.3f} of the way that training moves it are between them")
    for name, loss in losses.items():
        value = told.get(name)
        right = type(value) in (int, float) and abs(value - loss) <= LOSS_TOLERANCE
        g.check(f"training.{name}", right, f"{value!s:.20} was reported, {loss:.4f} was found")
        g.metric(name, loss, "nats")
