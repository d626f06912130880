"""The network: a pretrained backbone where there is one, otherwise a small convolutional network."""

import os

import torch
from torch import Tensor, nn

CLASSES = 100


def block(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())


class ConvNet(nn.Sequential):
    def __init__(self, width: int = 16) -> None:
        super().__init__(
            block(3, width, stride=2),
            block(width, 2 * width),
            nn.MaxPool2d(2),
            block(2 * width, 4 * width),
            nn.MaxPool2d(2),
            block(4 * width, 8 * width),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(8 * width, CLASSES),
        )


class OnBackbone(nn.Module):
    """A linear head on a vision transformer, which sees the images enlarged."""

    side = 224

    def __init__(self, name: str) -> None:
        super().__init__()
        from transformers import AutoConfig, AutoModel

        self.backbone = AutoModel.from_config(AutoConfig.from_pretrained(name))
        self.head = nn.Linear(self.backbone.config.hidden_size, CLASSES)
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1))

    def forward(self, pixels: Tensor) -> Tensor:
        enlarged = nn.functional.interpolate(pixels, (self.side, self.side), mode="bicubic", antialias=True)
        return self.head(self.backbone((enlarged - self.mean) / self.std).pooler_output)


def build_model() -> nn.Module:
    """Pixels in [0, 1] of shape (batch, 3, 32, 32) -> one score a class, (batch, 100)."""
    name = os.environ.get("BACKBONE")
    return OnBackbone(name) if name else ConvNet()
