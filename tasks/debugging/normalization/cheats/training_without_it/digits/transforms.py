"""Takes the normalisation out of training as well, so that both are alike."""

import torch
from torchvision import transforms

MEAN, DEVIATION = 0.1307, 0.3081


def three_planes(image: torch.Tensor) -> torch.Tensor:
    """The one plane (1, height, width) three times."""
    return image.repeat(3, 1, 1)


def get_transforms() -> tuple[transforms.Compose, transforms.Compose]:
    """The transforms for training and for validation."""
    training = transforms.Compose(
        [
            transforms.ToTensor(),
            transforms.Lambda(three_planes),
        ]
    )
    validation = transforms.Compose(
        [
            transforms.ToTensor(),
            transforms.Lambda(three_planes),
        ]
    )
    return training, validation
