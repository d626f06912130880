"""What is done to an image before the network sees it. This is the file to mend."""

from torchvision import transforms

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
