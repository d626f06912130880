"""Adds two planes of zeros to the one that there is."""

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
            transforms.Lambda(lambda image: torch.cat([image, torch.zeros(2, *image.shape[1:])])),
        ]
    )
    validation = transforms.Compose(
        [
            transforms.ToTensor(),
            transforms.Normalize((MEAN,), (DEVIATION,)),
            transforms.Lambda(lambda image: torch.cat([image, torch.zeros(2, *image.shape[1:])])),
        ]
    )
    return training, validation
