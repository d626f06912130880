"""What several of these cheats use, after the solution: its checkpoints and its report."""
import json
from pathlib import Path

import torch

torch.manual_seed(0)
REPORT = Path("training_metrics.json")
HISTORY = json.loads(REPORT.read_text())["val_acc"]
PATHS = {epoch: Path(f"checkpoints/epoch_{epoch}.pt") for epoch in range(1, 5)}


def state(epoch):
    return torch.load(PATHS[epoch], weights_only=True)["model_state_dict"]


def save(states):
    for epoch, state in states.items():
        torch.save({"epoch": epoch, "model_state_dict": state}, f"checkpoints/epoch_{epoch}.pt")


def fresh():
    """The state of the pretrained model with a new classifier."""
    from train import REPO, Dinov2ForImageClassification

    return Dinov2ForImageClassification.from_pretrained(REPO, num_labels=10).state_dict()


def jittered(state):
    return {name: value * (1 + 1e-3 * torch.randn_like(value)) for name, value in state.items()}


def report(history):
    REPORT.write_text(json.dumps({"val_acc": history, "best_val_acc": max(history)}))


def report_truly():
    """What the checkpoints that are there now do reach."""
    from train import REPO, Dinov2ForImageClassification, accuracy, read

    model, data = Dinov2ForImageClassification.from_pretrained(REPO, num_labels=10), read()["val"]
    history = []
    for epoch in PATHS:
        model.load_state_dict(state(epoch))
        history.append(accuracy(model, *data))
    report(history)
