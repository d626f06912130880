"""The network: ResNet-18 for small images where there is room for it, otherwise a small convolutional network."""

import os

from torch import nn
from torchvision.models import resnet18

CLASSES = 10
RESNET = 11_200_000


def block(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())


def small(width: int = 16) -> nn.Sequential:
    return nn.Sequential(
        block(3, width, stride=2),
        block(width, 2 * width),
        nn.MaxPool2d(2),
        block(2 * width, 4 * width),
        nn.MaxPool2d(2),
        block(4 * width, 4 * width),
        block(4 * width, 4 * width),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4 * width, CLASSES),
    )


def build_model() -> nn.Module:
    """Pixels in [0, 1] of shape (batch, 3, 32, 32) -> one score a class, (batch, 10)."""
    if int(os.environ["PARAMETERS"]) < RESNET:
        return small()
    network = resnet18(num_classes=CLASSES)
    network.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
    network.maxpool = nn.Identity()
    return network
