"""Trains the baseline: a constant rate and no augmentation. The checkpoint that you were given comes from this script."""

import argparse
import os
from pathlib import Path

import torch
from torch import Tensor, nn
from torchvision.datasets import CIFAR10

from model import Network

BATCH = 50
RATE = 1e-3
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def read(split: str) -> tuple[Tensor, Tensor]:
    """Images, uint8 (n, 3, 32, 32), and labels (n,) of the split `train` or `test`."""
    data = CIFAR10(os.environ["ASSET_CIFAR10"], train=split == "train")
    return torch.from_numpy(data.data).permute(0, 3, 1, 2).contiguous(), torch.tensor(data.targets)


def train_epoch(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> None:
    model.train()
    for chosen in torch.randperm(len(images)).split(BATCH):
        loss = nn.functional.cross_entropy(model(images[chosen].to(DEVICE) / 255), labels[chosen].to(DEVICE))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


@torch.no_grad()
def accuracy(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """In percent."""
    model.eval()
    predicted = torch.cat([model(batch.to(DEVICE) / 255).argmax(1).cpu() for batch in images.split(500)])
    return 100 * (predicted == labels).float().mean().item()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--until", type=float, default=100, help="stop once the test accuracy, in percent, is as high as this")
    parser.add_argument("--resume", type=Path, help="a checkpoint to start from")
    parser.add_argument("--output", type=Path, default=Path("checkpoints/best.pt"))
    asked = parser.parse_args()
    torch.manual_seed(asked.seed)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))

    model = Network().to(DEVICE)
    if asked.resume:
        model.load_state_dict(torch.load(asked.resume, map_location=DEVICE, weights_only=True)["model_state_dict"])
    optimizer = torch.optim.Adam(model.parameters(), RATE)
    train, test = read("train"), read("test")
    for epoch in range(1, asked.epochs + 1):
        train_epoch(model, optimizer, *train)
        found = accuracy(model, *test)
        print(f"epoch {epoch}: test accuracy {found:.2f} %", flush=True)
        if found >= asked.until:
            break
    asked.output.parent.mkdir(exist_ok=True)
    torch.save({"model_state_dict": {name: value.cpu() for name, value in model.state_dict().items()}}, asked.output)


if __name__ == "__main__":
    main()
