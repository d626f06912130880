"""Mends the transform for training only."""

from torchvision import transforms

MEAN, DEVIATION = 0.1307, 0.3081
PLANES = 3  # the network takes colour images


def get_transforms() -> tuple[transforms.Compose, transforms.Compose]:
    """The transforms for training and for validation."""
    training = transforms.Compose(
        [
            transforms.RandomCrop(28, padding=2),
            transforms.Grayscale(PLANES),
            transforms.ToTensor(),
            transforms.Normalize([MEAN] * PLANES, [DEVIATION] * PLANES),
        ]
    )
    validation = transforms.Compose(
        [
            transforms.ToTensor(),
            transforms.Normalize((MEAN,), (DEVIATION,)),
        ]
    )
    return training, validation
