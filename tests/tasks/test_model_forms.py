"""pretrained_resnet18 leaves the form of the saved model open: each form that it names passes, and any other fails by a check."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mldevbench.catalog import Catalog, Task
from mldevbench.local import local_node
from mldevbench.node import Node
from mldevbench.outcome import Outcome, TrialRecord
from mldevbench.spec import Limits, Named, TrialSpec
from mldevbench.trial import run_trial

TASK = "pretrained_resnet18"
PROGRAM = """
import json
import os
import pathlib

import torch

path = pathlib.Path({path!r})
path.parent.mkdir()
architecture = {{"input_shape": [3, 224, 224], "num_parameters": 11689512}}
info = {{"model_name": "resnet18", "model_path": str(path), "architecture": architecture}}
pathlib.Path("model_info.json").write_text(json.dumps(info))
state = torch.load(os.environ["TORCH_HOME"] + "/hub/checkpoints/resnet18-f37072fd.pth", weights_only=True)


def network():
    from torchvision.models import resnet18

    return resnet18(weights="IMAGENET1K_V1").eval()


{save}
"""

PAYLOAD = """
class Payload:
    def __reduce__(self):
        return os.system, ("echo passed",)

torch.save({**state, "extra": Payload()}, path)
"""

ACCEPTED = {
    "state_dict in .pth, with counters": ("model/resnet18.pth", "torch.save(network().state_dict(), path)"),
    "state_dict in .pt, without counters": ("model/a.pt", "torch.save(state, path)"),
    "state_dict in torch's older format": ("model/a.pth", "torch.save(state, path, _use_new_zipfile_serialization=False)"),
    "safetensors": ("model/a.safetensors", "from safetensors.torch import save_file; save_file(state, path)"),
    "TorchScript, scripted": ("model/a.pt", "torch.jit.save(torch.jit.script(network()), path)"),
    "TorchScript, traced": ("model/a.pth", "torch.jit.save(torch.jit.trace(network(), torch.zeros(1, 3, 224, 224)), path)"),
}
"""Form -> path, and what saves the model there."""

UNREADABLE = "cannot be read with weights_only=True"
REFUSED = {
    "a whole module": ("model/a.pth", "torch.save(network(), path)", UNREADABLE),
    "a pickle with a payload": ("model/a.pth", PAYLOAD, UNREADABLE),
    "random bytes": ("model/a.pth", "path.write_bytes(os.urandom(10**6))", UNREADABLE),
    "an empty file": ("model/a.pth", "path.touch()", "it has 0 bytes"),
    "a file that was cut off": ("model/a.pth", "torch.save(state, path); os.truncate(path, 10**7)", "probe.tensors"),
    "ten gigabytes of nothing": ("model/a.pth", "path.touch(); os.truncate(path, 10 * 2**30)", "more than the"),
    "a tensor of terabytes": ("model/a.pth", "torch.save({'fc.bias': torch.zeros(1).expand(10**12)}, path)", "probe.tensors"),
    "NaN": ("model/a.pth", "torch.save({k: v * float('nan') for k, v in state.items()}, path)", "102 are not"),
    "wrong shapes": ("model/a.pth", "torch.save({k: v[None] for k, v in state.items()}, path)", "of shape (1, 64"),
    "bfloat16": ("model/a.pth", "torch.save({k: v.bfloat16() for k, v in state.items()}, path)", "BFloat16"),
    "a list": ("model/a.pth", "torch.save(list(state.values()), path)", "the file holds a list, no state_dict"),
    "a nested dictionary": ("model/a.pth", "torch.save({'model': state}, path)", "'model' is a dict, no tensor"),
    "names of another wrapper": ("model/a.pth", "torch.save({f'module.{k}': v for k, v in state.items()}, path)", "conv1.weight"),
    "frozen TorchScript": ("model/a.pt", "torch.jit.save(torch.jit.freeze(torch.jit.script(network())), path)", "missing"),
    "another network as TorchScript": ("model/a.pt", "torch.jit.save(torch.jit.script(torch.nn.ReLU()), path)", "missing"),
    "torch.save called safetensors": ("model/a.safetensors", "torch.save(state, path)", "probe.tensors"),
    "an unknown suffix": ("model/a.onnx", "torch.save(state, path)", "model/a.onnx"),
    "another folder": ("weights/a.pth", "torch.save(state, path)", "weights/a.pth"),
    "a folder under the file's name": ("model/a.pth", "path.mkdir(); torch.save(state, path / 'b')", "no regular file"),
}
"""Form -> path, what saves it, and part of what the failed check says."""


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def node(anyio_backend: str) -> AsyncIterator[Node]:
    async with local_node() as node:
        yield node


async def saved(path: str, save: str, place: Path, node: Node) -> TrialRecord:
    """A trial of the oracle, which plays a copy of the task with this solution."""
    catalog = Catalog()
    folder = shutil.copytree(catalog.task(TASK).folder, place / TASK)
    (folder / "solution" / "save_model.py").write_text(PROGRAM.format(path=path, save=save))
    roomy = (folder / "task.toml").read_text().replace("workspace_gb = 1\n", "workspace_gb = 20\n")
    (folder / "task.toml").write_text(roomy)  # else the sandbox is in the way of the largest file already
    task = catalog.tasks[TASK] = Task(folder)
    oracle = catalog.agent("oracle")
    spec = TrialSpec(task.id, task.digest, Named(oracle.id), oracle.digest, None, 0, "mini", Limits())
    return (await run_trial(spec, catalog=catalog, node=node)).record


@pytest.mark.anyio
@pytest.mark.parametrize("form", ACCEPTED)
async def test_each_form_that_the_instruction_names_passes(form: str, tmp_path: Path, node: Node) -> None:
    record = await saved(*ACCEPTED[form], tmp_path, node)
    assert (record.outcome, record.error, [c for c in record.checks if not c.passed]) == (Outcome.PASSED, None, [])


@pytest.mark.anyio
@pytest.mark.parametrize("form", REFUSED)
async def test_anything_else_is_refused_with_the_reason(form: str, tmp_path: Path, node: Node) -> None:
    path, save, reason = REFUSED[form]
    record = await saved(path, save, tmp_path, node)
    assert (record.outcome, record.error) == (Outcome.FAILED, None)
    assert reason in "; ".join(check.detail for check in record.checks if not check.passed)
