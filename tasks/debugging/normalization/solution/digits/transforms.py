"""What is done to an image before the network sees it."""

import torch
from torchvision import transforms

MEAN, DEVIATION = 0.1307, 0.3081


def three_planes(image: torch.Tensor) -> torch.Tensor:
    """The one plane (1, height, width) three times."""
    return image.repeat(3, 1, 1)


def get_transforms() -> tuple[transforms.Compose, transforms.Compose]:
    """The transforms for training and for validation, which are the same: nothing is drawn at random."""
    steps = [transforms.ToTensor(), transforms.Normalize((MEAN,), (DEVIATION,)), transforms.Lambda(three_planes)]
    return transforms.Compose(steps), transforms.Compose(steps)
