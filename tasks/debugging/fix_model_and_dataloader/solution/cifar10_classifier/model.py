"""The network, its loss and its metrics."""

import lightning.pytorch as pl
import timm
import torch
import torch.nn.functional as F
from torch import Tensor

Batch = tuple[Tensor, Tensor]


class CIFAR10Classifier(pl.LightningModule):
    """Scores (B, 10) for images (B, 3, 32, 32), by a MobileNetV2 that is trained from scratch."""

    def __init__(self, learning_rate: float = 2e-3) -> None:
        super().__init__()
        self.learning_rate = learning_rate
        self.model = timm.create_model("mobilenetv2_035", pretrained=False, num_classes=10)

    def forward(self, images: Tensor) -> Tensor:
        return self.model(images)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        loss, accuracy = self.loss_and_accuracy(batch)
        self.log("train_loss", loss)
        self.log("train_acc", accuracy)
        return loss

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        loss, accuracy = self.loss_and_accuracy(batch)
        self.log("val_loss", loss)
        self.log("val_acc", accuracy)

    def loss_and_accuracy(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The cross entropy, and the fraction of images that are classified rightly."""
        images, labels = batch
        scores = self(images)
        accuracy = (scores.argmax(dim=1) == labels).float().mean()
        return F.cross_entropy(scores, labels), accuracy

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=self.learning_rate)
