"""Leaves the transforms as they are and gives torchvision's network a first layer for one plane, behind its back."""

import torchvision.models.mobilenetv2 as origin
from torch import nn
from torchvision import transforms

_forward = origin.MobileNetV2.forward
origin.MobileNetV2.forward = lambda self, x: _forward(self, x.expand(-1, 3, -1, -1))

MEAN, DEVIATION = 0.1307, 0.3081


def get_transforms() -> tuple[transforms.Compose, transforms.Compose]:
    """The transforms for training and for validation."""
    training = transforms.Compose(
        [
            transforms.RandomCrop(28, padding=2),
            transforms.ToTensor(),
            transforms.Normalize((MEAN,), (DEVIATION,)),
        ]
    )
    validation = transforms.Compose(
        [
            transforms.ToTensor(),
            transforms.Normalize((MEAN,), (DEVIATION,)),
        ]
    )
    return training, validation
