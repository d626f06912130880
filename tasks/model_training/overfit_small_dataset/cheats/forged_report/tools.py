"""What several of these cheats use, after the solution: its network, its choice of images and its report."""
import json
import os
from pathlib import Path

import numpy as np
import torch

torch.manual_seed(0)
RAW = Path(os.environ["ASSET_MNIST"], "MNIST", "raw")
FILES = {"train": "train", "test": "t10k"}
CHOICE, REPORT = Path("training/indices.json"), Path("training/training_results.json")
INDICES = json.loads(CHOICE.read_text())


def targets(split):
    labels = np.frombuffer((RAW / f"{FILES[split]}-labels-idx1-ubyte").read_bytes()[8:], np.uint8)
    return torch.tensor(labels).long()


def pixels(split, indices):
    images = np.frombuffer((RAW / f"{FILES[split]}-images-idx3-ubyte").read_bytes()[16:], np.uint8)
    return torch.tensor(images).view(-1, 1, 28, 28)[indices] / 255


def choose(split, counts):
    return torch.cat([(targets(split) == digit).nonzero()[:count, 0] for digit, count in enumerate(counts)]).tolist()


def state():
    return torch.load("model.pt", weights_only=True)


def save(state):
    torch.save(state, "model.pt")


def report(**changes):
    REPORT.write_text(json.dumps({**json.loads(REPORT.read_text()), **changes}))


def report_on(indices):
    """Names these images, and says truly how many of each digit they are and how well the saved network does on them."""
    from model import build_model

    network = build_model()
    network.load_state_dict(state())
    CHOICE.write_text(json.dumps(indices))
    for split, chosen in indices.items():
        labels = targets(split)[chosen]
        with torch.no_grad():
            accuracy = (network.eval()(pixels(split, chosen)).argmax(1) == labels).float().mean().item()
        counts = {str(digit): int((labels == digit).sum()) for digit in range(3)}
        told = {f"{split}_accuracy": accuracy, f"num_{split}_samples": len(chosen), f"samples_per_class_{split}": counts}
        report(**told, **{f"unique_{split}_labels": labels.unique().tolist()})
