"""The pictures, for training and for validation."""

import lightning.pytorch as pl
import torch
from torch.utils.data import DataLoader, Subset, random_split
from torchvision import transforms
from torchvision.datasets import CIFAR10

MEAN, DEVIATION = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
SPLIT_SEED = 42

TRAINING = transforms.Compose(
    [
        transforms.RandomCrop(32, padding=4),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        transforms.Normalize(MEAN, DEVIATION),
    ]
)
VALIDATION = transforms.Compose([transforms.ToTensor(), transforms.Normalize(MEAN, DEVIATION)])


class CIFAR10DataModule(pl.LightningDataModule):
    """CIFAR-10's training split below `root`: four fifths to train on, a fifth to validate on, the same every time."""

    def __init__(self, root: str, batch_size: int = 64) -> None:
        super().__init__()
        self.root = root
        self.batch_size = batch_size

    def setup(self, stage: str | None = None) -> None:
        augmented = CIFAR10(self.root, train=True, transform=TRAINING)
        plain = CIFAR10(self.root, train=True, transform=VALIDATION)
        held_back = len(plain) // 5
        sizes = [len(plain) - held_back, held_back]
        for_training, for_validation = random_split(range(len(plain)), sizes, torch.Generator().manual_seed(SPLIT_SEED))
        self.train_set = Subset(augmented, for_training.indices)
        self.val_set = Subset(plain, for_validation.indices)

    def train_dataloader(self) -> DataLoader:
        return DataLoader(self.train_set, batch_size=self.batch_size, shuffle=True)

    def val_dataloader(self) -> DataLoader:
        return DataLoader(self.val_set, batch_size=self.batch_size)
