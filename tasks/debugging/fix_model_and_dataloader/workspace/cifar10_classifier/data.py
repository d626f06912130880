"""The pictures, for training and for validation. This is a file to mend."""

import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, random_split
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
VALIDATION = transforms.Compose([transforms.ToTensor()])


class CIFAR10DataModule(pl.LightningDataModule):
    """CIFAR-10's training split below `root`: four fifths to train on, a fifth to validate on, the same every time."""

    def __init__(self, root: str, batch_size: int = 64) -> None:
        super().__init__()
        self.root = root
        self.batch_size = batch_size

    def setup(self, stage: str | None = None) -> None:
        full = CIFAR10(self.root, train=True, transform=TRAINING)
        sizes = [len(full) - len(full) // 5, len(full) // 5]
        self.train_set, _ = random_split(full, sizes, torch.Generator().manual_seed(SPLIT_SEED))
        _, self.val_set = random_split(full, sizes)
        self.val_set.dataset.transform = VALIDATION

    def train_dataloader(self) -> DataLoader:
        return DataLoader(self.train_set, batch_size=self.batch_size, shuffle=True)

    def val_dataloader(self) -> DataLoader:
        return DataLoader(self.val_set, batch_size=self.batch_size)
