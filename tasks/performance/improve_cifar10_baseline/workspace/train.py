"""Trains the network at a constant rate. The checkpoint that you were given comes from this script."""

import argparse
import os
import sys
from pathlib import Path

import torch
from torch import Tensor, nn
from torchvision.datasets import CIFAR10

from model import Network

BATCH = 50
RATE = 1e-3
SHIFT = 4
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def read(split: str) -> tuple[Tensor, Tensor]:
    """Images, uint8 (n, 3, 32, 32), and labels (n,) of the split `train` or `test`."""
    data = CIFAR10(os.environ["ASSET_CIFAR10"], train=split == "train")
    return torch.from_numpy(data.data).permute(0, 3, 1, 2).contiguous(), torch.tensor(data.targets)


def augmented(pixels: Tensor) -> Tensor:
    """Mirrored image by image, shifted batch by batch."""
    pixels = torch.where(torch.rand(len(pixels), 1, 1, 1, device=pixels.device) < 0.5, pixels.flip(3), pixels)
    side = pixels.shape[-1]
    top, left = torch.randint(0, 2 * SHIFT + 1, (2,)).tolist()
    return nn.functional.pad(pixels, (SHIFT,) * 4, mode="reflect")[:, :, top : top + side, left : left + side]


def train_epoch(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor, augment: bool) -> None:
    model.train()
    for chosen in torch.randperm(len(images)).split(BATCH):
        pixels = images[chosen].to(DEVICE) / 255
        loss = nn.functional.cross_entropy(model(augmented(pixels) if augment else pixels), labels[chosen].to(DEVICE))
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
    parser.add_argument("--augment", action="store_true", help="mirror and shift the images")
    parser.add_argument("--until", type=float, help="stop once the test accuracy, in percent, is as high as this")
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
        train_epoch(model, optimizer, *train, asked.augment)
        found = accuracy(model, *test)
        print(f"epoch {epoch}: test accuracy {found:.2f} %", flush=True)
        if asked.until and found >= asked.until:
            break
    else:
        if asked.until:
            sys.exit(f"{asked.until} % was not reached")
    asked.output.parent.mkdir(exist_ok=True)
    torch.save({"model_state_dict": {name: value.cpu() for name, value in model.state_dict().items()}}, asked.output)


if __name__ == "__main__":
    main()
