"""What several of these cheats use: the pretrained tensors, checkpoints made of them, and a report."""
import json
from pathlib import Path

import torch
from transformers import Dinov2ForImageClassification

torch.manual_seed(0)
Path("checkpoints").mkdir(exist_ok=True)


def fresh():
    """The state of the pretrained model with a new classifier."""
    return Dinov2ForImageClassification.from_pretrained("facebook/dinov2-small", num_labels=10).state_dict()


def jittered(state, part=""):
    return {name: v * (1 + 1e-3 * torch.randn_like(v)) if name.startswith(part) else v for name, v in state.items()}


def save(epoch, state):
    torch.save({"epoch": epoch, "model_state_dict": state}, f"checkpoints/epoch_{epoch}.pt")


def report(accuracies=(40.0, 60.0, 80.0, 90.0)):
    Path("training_metrics.json").write_text(json.dumps({"val_acc": accuracies, "best_val_acc": max(accuracies)}))
