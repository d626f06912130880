"""What most of these cheats use: writing checkpoints and a report on them."""
import json
from pathlib import Path

CHECKPOINTS = Path("checkpoints")
CHECKPOINTS.mkdir(exist_ok=True)


def leave(states, accuracies=(60, 75, 90)):
    import torch

    for epoch, state in enumerate(states, start=1):
        torch.save({"model_state_dict": state}, CHECKPOINTS / f"epoch_{epoch:02}.pt")
    report(accuracies)


def report(accuracies=(60, 75, 90)):
    Path("training_metrics.json").write_text(json.dumps({"val_acc": list(accuracies)}))
