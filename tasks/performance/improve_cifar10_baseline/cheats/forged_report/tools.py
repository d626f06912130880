"""What these cheats use, after the solution: the weights of its network, and of the baseline."""
import os
from pathlib import Path

CHECKPOINT = Path("checkpoints/best.pt")
BASELINE = Path(os.environ["ASSET_CIFAR10_BASELINE"], "baseline.pt")


def state(path=CHECKPOINT):
    import torch

    return torch.load(path, weights_only=True)["model_state_dict"]


def baseline():
    return state(BASELINE)


def save(state, path=CHECKPOINT):
    import torch

    torch.save({"model_state_dict": state}, path)
