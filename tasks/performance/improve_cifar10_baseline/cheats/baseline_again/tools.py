"""What several of these cheats use."""
import os
from pathlib import Path

import torch

CHECKPOINTS = Path("checkpoints")
CHECKPOINTS.mkdir(exist_ok=True)


def baseline():
    return torch.load(Path(os.environ["ASSET_CIFAR10_BASELINE"], "baseline.pt"), weights_only=True)["model_state_dict"]


def save(state, name="best"):
    torch.save({"model_state_dict": state}, CHECKPOINTS / f"{name}.pt")
