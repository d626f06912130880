"""The generated ResNet-18: torchvision loads it by the name of the real weights, and it is the same every time."""

import json
import subprocess
from pathlib import Path

from mldevbench.data import prepare

TASK = Path("no-task")  # the asset belongs to no task in particular
SCRIPT = """
import json
import torch
from torchvision.models import ResNet18_Weights, resnet18

torch.set_num_threads(1)
torch.manual_seed(0)
model = resnet18(weights=ResNet18_Weights.IMAGENET1K_V1).eval()
with torch.no_grad():
    scores = model(torch.randn(2, 3, 224, 224))
statistics = [value.std().item() for name, value in model.named_buffers() if "running" in name]
parameters = sum(p.numel() for p in model.parameters())
print(json.dumps([parameters, bool(scores.isfinite().all()), scores.std().item(), min(statistics)]))
"""


def test_torchvision_loads_it_without_a_network(home: Path, python: Path) -> None:
    files = prepare("resnet18", "mini", TASK, python)
    answer = subprocess.run(
        [python, "-I", "-c", SCRIPT], env={"TORCH_HOME": str(files)}, capture_output=True, text=True, check=True
    ).stdout
    parameters, finite, spread, statistics = json.loads(answer)
    assert parameters == 11_689_512
    assert finite
    assert 0.1 < spread < 100
    assert statistics > 0.05
