"""What most of these cheats use, after the solution: its checkpoints, its code and its report."""
import json
from pathlib import Path

CHECKPOINTS = sorted(Path("checkpoints").iterdir())
HISTORY = json.loads(Path("training_metrics.json").read_text())["val_acc"]


def state(path):
    import torch

    return torch.load(path, weights_only=True)["model_state_dict"]


def save(state, *paths):
    """To all checkpoints, when none is named."""
    import torch

    for path in paths or CHECKPOINTS:
        torch.save({"model_state_dict": state}, path)


def report(history):
    Path("training_metrics.json").write_text(json.dumps({"val_acc": history}))


def add_code(text):
    path = Path("model.py")
    path.write_text(path.read_text() + text)
