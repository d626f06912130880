"""The network. Its architecture is fixed: grading uses this file as it is now."""

import os

from torch import Tensor, nn

WIDTH = int(os.environ.get("WIDTH", "48"))
CLASSES = 10


def block(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())


class Network(nn.Module):
    """Pixels in [0, 1], shape (batch, 3, 32, 32), to one score a class, (batch, 10)."""

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__()
        self.features = nn.Sequential(
            block(3, width, stride=2),
            block(width, 2 * width),
            nn.MaxPool2d(2),
            block(2 * width, 4 * width),
            nn.MaxPool2d(2),
            block(4 * width, 4 * width),
            block(4 * width, 4 * width),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )
        self.head = nn.Linear(4 * width, CLASSES)

    def forward(self, pixels: Tensor) -> Tensor:
        return self.head(self.features(pixels))
