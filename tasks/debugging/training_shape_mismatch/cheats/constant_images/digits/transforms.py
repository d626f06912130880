"""Gives every image the same pixels."""

import torch
from torchvision import transforms

MEAN, DEVIATION = 0.1307, 0.3081


def get_transforms() -> tuple[transforms.Compose, transforms.Compose]:
    """The transforms for training and for validation."""
    training = transforms.Compose(
        [
            transforms.RandomCrop(28, padding=2),
            transforms.ToTensor(),
            transforms.Normalize((MEAN,), (DEVIATION,)),
            transforms.Lambda(lambda image: torch.zeros(3, 28, 28)),
        ]
    )
    validation = transforms.Compose(
        [
            transforms.ToTensor(),
            transforms.Normalize((MEAN,), (DEVIATION,)),
            transforms.Lambda(lambda image: torch.zeros(3, 28, 28)),
        ]
    )
    return training, validation
