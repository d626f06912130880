"""Training and validation. Do not change this file."""

from itertools import islice

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import MNIST

from digits.model import build_model
from digits.transforms import get_transforms


def train(root: str, epochs: int, batches: int, seed: int = 0) -> tuple[nn.Module, list[dict[str, float]]]:
    """Trains for some epochs of a few batches of 32; returns the model and what each epoch came to."""
    torch.manual_seed(seed)
    model = build_model()
    for_training, for_validation = get_transforms()
    loader = DataLoader(MNIST(root, train=True, transform=for_training), batch_size=32, shuffle=True)
    held_back = DataLoader(MNIST(root, train=False, transform=for_validation), batch_size=250)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_function = nn.CrossEntropyLoss()

    history = []
    for _ in range(epochs):
        model.train()
        total, right = 0.0, 0
        for images, labels in islice(loader, batches):
            optimizer.zero_grad()
            scores = model(images)
            loss = loss_function(scores, labels)
            loss.backward()
            optimizer.step()
            total += loss.item()
            right += int((scores.argmax(dim=1) == labels).sum())
        seen = batches * loader.batch_size
        report = {"loss": total / batches, "train_accuracy": right / seen, "val_accuracy": accuracy(model, held_back)}
        history.append(report)
    return model, history


@torch.no_grad()
def accuracy(model: nn.Module, loader: DataLoader) -> float:
    """The fraction of images that the model classifies rightly."""
    model.eval()
    right = [model(images).argmax(dim=1) == labels for images, labels in loader]
    return torch.cat(right).float().mean().item()
