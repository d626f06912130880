"""A small convolutional network."""

import torch
from torch import Tensor, nn

CLASSES = 10


def block(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())


class ConvNet(nn.Module):
    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.4914, 0.4822, 0.4465]).view(3, 1, 1))
        self.register_buffer("std", torch.tensor([0.2470, 0.2435, 0.2616]).view(3, 1, 1))
        self.layers = nn.Sequential(
            block(3, width),
            nn.MaxPool2d(2),
            block(width, 2 * width),
            nn.MaxPool2d(2),
            block(2 * width, 4 * width),
            nn.MaxPool2d(2),
            block(4 * width, 8 * width),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(8 * width, CLASSES),
        )

    def forward(self, pixels: Tensor) -> Tensor:
        return self.layers((pixels - self.mean) / self.std)


def build_model() -> nn.Module:
    """Pixels in [0, 1] of shape (batch, 3, 32, 32) -> one score a class, (batch, 10)."""
    return ConvNet()
