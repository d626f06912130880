"""What several of these cheats use: writing a checkpoint and a report."""
import json
from pathlib import Path

import torch

torch.manual_seed(0)
CHECKPOINTS = Path("checkpoints")
CHECKPOINTS.mkdir(exist_ok=True)


def save(state, name="best"):
    torch.save({"model_state_dict": state}, CHECKPOINTS / f"{name}.pt")


def report(best=95.0, epochs=20):
    Path("training_metrics.json").write_text(json.dumps({"best_val_acc": best, "val_acc": [best] * epochs}))
