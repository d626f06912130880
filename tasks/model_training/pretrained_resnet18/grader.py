"""Compares every tensor of the saved model with the pretrained weights, and the report with what they are."""

from pathlib import PurePosixPath
from typing import Any

import numpy as np
import torch

from mldevbench.grading import Grading

SOURCE = "hub/checkpoints/resnet18-f37072fd.pth"
INPUT_SHAPE = [3, 224, 224]
SUFFIXES = (".pt", ".pth", ".safetensors")
COUNTER = "num_batches_tracked"
"""Buffers that older files, the published one too, do not have."""
MIB = 2**20

Arrays = dict[str, np.ndarray]


def grade(g: Grading) -> None:
    state = torch.load(g.asset("resnet18") / SOURCE, map_location="cpu", weights_only=True)
    source: Arrays = {name: value.detach().numpy() for name, value in state.items() if not name.endswith(COUNTER)}
    path = None
    with g.guard("model_info.json can be read"):
        path = check_report(g, g.files.read_json("model_info.json"), source)
    if path is not None:
        with g.guard("the saved model can be read"):
            check_model(g, path, source)


def check_report(g: Grading, report: Any, source: Arrays) -> str | None:
    """The saved model's path, if the report names a possible one."""
    if not g.check("model_info.json holds an object", isinstance(report, dict)):
        return None
    name, path, architecture = (report.get(key) for key in ("model_name", "model_path", "architecture"))
    g.check("model_name", name == "resnet18", repr(name))
    told = architecture if isinstance(architecture, dict) else {}
    g.check("architecture.input_shape", told.get("input_shape") == INPUT_SHAPE, repr(told.get("input_shape")))
    count = sum(value.size for key, value in source.items() if "running_" not in key)
    g.check("architecture.num_parameters", told.get("num_parameters") == count, repr(told.get("num_parameters")))
    pure = PurePosixPath(path) if isinstance(path, str) else PurePosixPath()
    named = pure.parts[:1] == ("model",) and pure.suffix in SUFFIXES
    g.check("model_path names a file in model/ with a suffix that is allowed", named, repr(path))
    return str(pure) if named else None


def check_model(g: Grading, path: str, source: Arrays) -> None:
    size, most = g.files.size(path), int(g.values["model_mib"]) * MIB
    if not g.check(f"the saved model is not empty, and has at most {most // MIB} MiB", 0 < size <= most, f"it has {size} bytes"):
        return
    with g.probe() as probe:
        answer = probe.call("tensors", path=path)
    found = {name: value for name, value in answer.items() if not name.endswith(COUNTER)} if isinstance(answer, dict) else {}
    odd = sorted(found.keys() ^ source.keys())
    g.check("the saved tensors have the names of ResNet-18's", not odd, f"missing or in excess: {', '.join(odd[:5])}")
    wrong = {name: difference(found[name], value) for name, value in source.items() if name in found}
    told = [f"{name}: {what}" for name, what in wrong.items() if what]
    g.metric("tensors_right", (len(wrong) - len(told)) / len(source), "fraction")
    g.check("every saved tensor is the pretrained one", not told, f"{len(told)} are not: {'; '.join(told[:5])}")


def difference(found: Any, value: np.ndarray) -> str:
    """What sets them apart; empty when nothing does."""
    if not isinstance(found, np.ndarray):
        return "no array"
    if found.shape != value.shape or found.dtype != value.dtype:
        return f"{found.dtype} of shape {found.shape}, not {value.dtype} of shape {value.shape}"
    return "" if np.array_equal(found, value) else "other values"
