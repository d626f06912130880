"""Trains the network, or fine-tunes a pretrained one, logs to W&B, and keeps the weights of the last epoch."""

import argparse
import json
import os
from dataclasses import dataclass
from pathlib import Path

import torch
import wandb
from torch import Tensor, nn
from torchvision.datasets import CIFAR100

from model import build_model

PROJECT = "cifar100-training"
DECAY = 1e-2
SHIFT = 3
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


@dataclass(frozen=True)
class Recipe:
    epochs: int
    batch: int
    rate: float
    mirror: bool


SCRATCH = Recipe(epochs=4, batch=40, rate=5e-3, mirror=False)  # for drawn classes, some of which are others in a mirror
PRETRAINED = Recipe(epochs=8, batch=128, rate=5e-5, mirror=True)
HEAD_RATE = 1e-3  # of the pretrained network's new head


def read(split: str) -> tuple[Tensor, Tensor]:
    """Images, uint8 (n, 3, 32, 32), and fine classes (n,) of the split `train` or `test`."""
    data = CIFAR100(os.environ["ASSET_CIFAR100"], train=split == "train")
    return torch.from_numpy(data.data).permute(0, 3, 1, 2).contiguous(), torch.tensor(data.targets)


def augmented(pixels: Tensor, mirror: bool) -> Tensor:
    """Shifted batch by batch, and mirrored image by image."""
    if mirror:
        pixels = torch.where(torch.rand(len(pixels), 1, 1, 1, device=pixels.device) < 0.5, pixels.flip(3), pixels)
    side = pixels.shape[-1]
    top, left = torch.randint(0, 2 * SHIFT + 1, (2,)).tolist()
    return nn.functional.pad(pixels, (SHIFT,) * 4, mode="reflect")[:, :, top : top + side, left : left + side]


def optimizer_of(model: nn.Module, rate: float) -> torch.optim.Optimizer:
    if not hasattr(model, "backbone"):
        return torch.optim.AdamW(model.parameters(), rate, weight_decay=DECAY)
    groups = [{"params": model.backbone.parameters(), "lr": rate}, {"params": model.head.parameters(), "lr": HEAD_RATE}]
    return torch.optim.AdamW(groups, weight_decay=DECAY)


def train(model: nn.Module, recipe: Recipe, run: wandb.Run) -> None:
    images, labels = read("train")
    test = read("test")
    optimizer = optimizer_of(model, recipe.rate)
    rates = [group["lr"] for group in optimizer.param_groups]
    steps = recipe.epochs * -(-len(images) // recipe.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=steps)
    for epoch in range(1, recipe.epochs + 1):
        model.train()
        losses = []
        for chosen in torch.randperm(len(images)).split(recipe.batch):
            with torch.autocast(DEVICE, torch.bfloat16, enabled=DEVICE == "cuda"):
                scores = model(augmented(images[chosen].to(DEVICE) / 255, recipe.mirror))
            loss = nn.functional.cross_entropy(scores.float(), labels[chosen].to(DEVICE))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        step = {"epoch": epoch, "train_loss": sum(losses) / len(losses), "val_acc": accuracy(model, *test)}
        run.log(step)
        print(step, flush=True)


@torch.no_grad()
def accuracy(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """In percent."""
    model.eval()
    predicted = torch.cat([model(batch.to(DEVICE) / 255).argmax(1).cpu() for batch in images.split(250)])
    return 100 * (predicted == labels).float().mean().item()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    torch.manual_seed(parser.parse_args().seed)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))

    model = build_model().to(DEVICE)
    pretrained = os.environ.get("BACKBONE")
    if pretrained:
        from transformers import AutoModel

        model.backbone.load_state_dict(AutoModel.from_pretrained(pretrained).state_dict())
    with wandb.init(project=PROJECT) as run:
        train(model, PRETRAINED if pretrained else SCRATCH, run)
        Path("wandb_info.json").write_text(json.dumps({"project_id": PROJECT, "run_id": run.id}))
    Path("checkpoints").mkdir(exist_ok=True)
    torch.save({"model_state_dict": {name: value.cpu() for name, value in model.state_dict().items()}}, "checkpoints/best.pt")


if __name__ == "__main__":
    main()
