"""Trains the network from scratch, and keeps its weights after each epoch."""

import argparse
import json
import os
from pathlib import Path

import torch
from torch import Tensor, nn
from torchvision.datasets import CIFAR10

from model import build_model

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
EPOCHS = 30 if DEVICE == "cuda" else 3
BATCH = 64
RATE = 1e-2


def read(train: bool) -> tuple[Tensor, Tensor]:
    """The images of a split, uint8 (n, 3, 32, 32), and their labels."""
    split = CIFAR10(os.environ["ASSET_CIFAR10"], train=train)
    return torch.from_numpy(split.data).permute(0, 3, 1, 2).contiguous(), torch.tensor(split.targets)


def augmented(pixels: Tensor) -> Tensor:
    """Shifted at random, all images of a batch alike."""
    top, left = torch.randint(0, 9, (2,)).tolist()
    return nn.functional.pad(pixels, (4,) * 4, mode="reflect")[:, :, top : top + 32, left : left + 32]


def train(model: nn.Module, data: tuple[Tensor, Tensor], validation: tuple[Tensor, Tensor]) -> list[float]:
    """Saves the weights after each epoch and returns the validation accuracies, in percent."""
    images, labels = data
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=EPOCHS * -(-len(images) // BATCH))
    history = []
    for epoch in range(1, EPOCHS + 1):
        model.train()
        for chosen in torch.randperm(len(images)).split(BATCH):
            scores = model(augmented(images[chosen].to(DEVICE) / 255))
            loss = nn.functional.cross_entropy(scores, labels[chosen].to(DEVICE))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        history.append(accuracy(model, *validation))
        torch.save({"model_state_dict": model.state_dict()}, f"checkpoints/epoch_{epoch:02}.pt")
        print(f"epoch {epoch}: loss {loss.item():.3f}, validation accuracy {history[-1]:.2f} %")
    return history


@torch.no_grad()
def accuracy(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    model.eval()
    predicted = torch.cat([model(batch.to(DEVICE) / 255).argmax(1).cpu() for batch in images.split(200)])
    return 100 * (predicted == labels).float().mean().item()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    torch.manual_seed(parser.parse_args().seed)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))

    Path("checkpoints").mkdir(exist_ok=True)
    history = train(build_model().to(DEVICE), read(train=True), read(train=False))
    Path("training_metrics.json").write_text(json.dumps({"val_acc": history}))


if __name__ == "__main__":
    main()
