"""Trains on classes of unequal size for equal accuracy: half by what is shown, half by what is asked of the scores."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from model import build_model

ROOT = Path(os.environ["ASSET_CIFAR10_LONG_TAILED"])
DECAY = 1e-2
SHIFT = 4
POWER = 0.5  # an image of a class with n images is drawn in proportion to n ** -POWER: 0 is all as they are, 1 is balanced
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


@dataclass(frozen=True)
class Recipe:
    epochs: int
    batch: int
    rate: float
    mirror: bool


SHORT = Recipe(epochs=12, batch=25, rate=5e-3, mirror=False)  # for drawn classes, some of which are others in a mirror
LONG = Recipe(epochs=200, batch=128, rate=2e-3, mirror=True)


def augmented(pixels: Tensor, mirror: bool) -> Tensor:
    """Shifted batch by batch, and mirrored image by image."""
    if mirror:
        pixels = torch.where(torch.rand(len(pixels), 1, 1, 1, device=pixels.device) < 0.5, pixels.flip(3), pixels)
    side = pixels.shape[-1]
    top, left = torch.randint(0, 2 * SHIFT + 1, (2,)).tolist()
    return nn.functional.pad(pixels, (SHIFT,) * 4, mode="reflect")[:, :, top : top + side, left : left + side]


def offsets(labels: Tensor) -> Tensor:
    """The logarithm of each class's share of what is shown. Scores learned on top of it are those for equal shares."""
    shown = torch.bincount(labels) ** (1 - POWER)
    return (shown / shown.sum()).log()


def train(model: nn.Module, images: Tensor, labels: Tensor, recipe: Recipe) -> None:
    optimizer = torch.optim.AdamW(model.parameters(), recipe.rate, weight_decay=DECAY)
    steps = recipe.epochs * -(-len(images) // recipe.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.rate, total_steps=steps)
    weights, offset = torch.bincount(labels)[labels] ** -POWER, offsets(labels).to(DEVICE)
    for epoch in range(recipe.epochs):
        model.train()
        for chosen in torch.multinomial(weights, len(images), replacement=True).split(recipe.batch):
            scores = model(augmented(images[chosen].to(DEVICE) / 255, recipe.mirror))
            loss = nn.functional.cross_entropy(scores + offset, labels[chosen].to(DEVICE))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        print(f"epoch {epoch + 1}: loss {loss.item():.3f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    torch.manual_seed(parser.parse_args().seed)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))

    images = torch.from_numpy(np.load(ROOT / "images.npy")).permute(0, 3, 1, 2).contiguous()
    labels = torch.from_numpy(np.load(ROOT / "labels.npy"))
    model = build_model().to(DEVICE)
    train(model, images, labels, LONG if len(images) > 10_000 else SHORT)
    Path("checkpoints").mkdir(exist_ok=True)
    torch.save({"model_state_dict": {name: value.cpu() for name, value in model.state_dict().items()}}, "checkpoints/best.pt")


if __name__ == "__main__":
    main()
