"""What several of these cheats use: writing a checkpoint."""
from pathlib import Path

import torch

torch.manual_seed(0)
CHECKPOINTS = Path("checkpoints")
CHECKPOINTS.mkdir(exist_ok=True)


def save(state):
    torch.save({"model_state_dict": state}, CHECKPOINTS / "best.pt")
