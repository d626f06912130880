"""What several of these cheats use, after the solution: its network's weights, its code and its report."""
import json
from pathlib import Path

CHECKPOINT = Path("checkpoints/best.pt")
REPORT = Path("training_metrics.json")
HISTORY = json.loads(REPORT.read_text())["val_acc"]


def state():
    import torch

    return torch.load(CHECKPOINT, weights_only=True)["model_state_dict"]


def save(state):
    import torch

    torch.save({"model_state_dict": state}, CHECKPOINT)


def report(history):
    """The last one as the best."""
    REPORT.write_text(json.dumps({"best_val_acc": history[-1], "val_acc": history}))


def add_code(text):
    path = Path("model.py")
    path.write_text(path.read_text() + text)
