"""What several of these cheats use: reading the images, training, writing a report."""
import json
import os
from pathlib import Path

import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
RAW = Path(os.environ["ASSET_MNIST"], "MNIST", "raw")


class Split:
    def __init__(self, name):
        pixels = np.frombuffer((RAW / f"{name}-images-idx3-ubyte").read_bytes()[16:], np.uint8)
        labels = np.frombuffer((RAW / f"{name}-labels-idx1-ubyte").read_bytes()[8:], np.uint8)
        self.data = torch.tensor(pixels).view(-1, 28, 28)
        self.targets = torch.tensor(labels).long()


SPLITS = {"train": Split("train"), "test": Split("t10k")}
Path("training").mkdir(exist_ok=True)


def choose(split, counts):
    targets = SPLITS[split].targets
    return torch.cat([(targets == digit).nonzero()[:count, 0] for digit, count in enumerate(counts)])


def pixels(split, indices):
    return SPLITS[split].data[indices].unsqueeze(1) / 255


def fit(model, indices, epochs=10):
    images, labels = pixels("train", indices), SPLITS["train"].targets[indices]
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(epochs):
        for batch in torch.randperm(len(images)).split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
            optimizer.step()


def report(indices, **changes):
    results = {}
    for split, chosen in indices.items():
        labels = SPLITS[split].targets[chosen]
        results |= {f"{split}_accuracy": 1.0, f"unique_{split}_labels": [0, 1, 2], f"num_{split}_samples": len(chosen)}
        results[f"samples_per_class_{split}"] = {str(digit): int((labels == digit).sum()) for digit in range(3)}
    Path("training/indices.json").write_text(json.dumps({split: chosen.tolist() for split, chosen in indices.items()}))
    Path("training/training_results.json").write_text(json.dumps(results | changes))


INDICES = {"train": choose("train", [500] * 3), "test": choose("test", [90] * 3)}
