"""What is done to an image before the network sees it."""

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
            transforms.Grayscale(PLANES),
            transforms.ToTensor(),
            transforms.Normalize([MEAN] * PLANES, [DEVIATION] * PLANES),
        ]
    )
    return training, validation
