"""What several of these cheats use, after the solution: its network's weights and its code."""
from pathlib import Path

CHECKPOINT = Path("checkpoints/best.pt")


def state():
    import torch

    return torch.load(CHECKPOINT, weights_only=True)["model_state_dict"]


def save(state):
    import torch

    torch.save({"model_state_dict": state}, CHECKPOINT)


def add_code(text):
    path = Path("model.py")
    path.write_text(path.read_text() + text)
