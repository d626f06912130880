"""What several of these cheats use, after the solution: its network's weights, its code and its report."""
import json
from pathlib import Path

REPORT = Path("output_info.json")


def state():
    import torch

    return torch.load("model.pt", weights_only=True)


def save(state):
    import torch

    torch.save(state, "model.pt")


def report(**changes):
    REPORT.write_text(json.dumps({**json.loads(REPORT.read_text()), **changes}))


def add_code(text):
    path = Path("model.py")
    path.write_text(path.read_text() + text)
