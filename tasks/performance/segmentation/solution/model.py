"""The network: torchvision's fcn_resnet50 where its backbone's weights are given, otherwise a small U-shaped network."""

import os
from itertools import pairwise

import torch
from torch import Tensor, nn

CLASSES = 21


def block(inputs: int, outputs: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        layers += [nn.Conv2d(channels, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """Four scales, from half the resolution on; what is seen at a coarse one is added to the finer ones."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        widths = [width, 2 * width, 4 * width, 4 * width]
        self.down = nn.ModuleList(block(a, b) for a, b in pairwise([12, *widths]))
        self.up = nn.ModuleList(block(a + b, b) for a, b in pairwise(widths[::-1]))
        self.head = nn.Conv2d(width, CLASSES, 1)

    def forward(self, pixels: Tensor) -> Tensor:
        scales: list[Tensor] = []
        features = nn.functional.pixel_unshuffle(pixels, 2)
        for index, layer in enumerate(self.down):
            features = layer(nn.functional.max_pool2d(features, 2) if index else features)
            scales.append(features)
        for layer, finer in zip(self.up, scales[-2::-1], strict=True):
            features = layer(torch.cat([nn.functional.interpolate(features, finer.shape[2:]), finer], dim=1))
        return nn.functional.interpolate(self.head(features), pixels.shape[2:], mode="bilinear")


class FCN(nn.Module):
    def __init__(self, pretrained: bool) -> None:
        super().__init__()
        from torchvision.models import ResNet50_Weights
        from torchvision.models.segmentation import fcn_resnet50

        backbone = ResNet50_Weights.IMAGENET1K_V1 if pretrained else None
        self.network = fcn_resnet50(weights=None, weights_backbone=backbone, num_classes=CLASSES)
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1))

    def forward(self, pixels: Tensor) -> Tensor:
        return self.network((pixels - self.mean) / self.std)["out"]


def build_model(pretrained: bool = False) -> nn.Module:
    """Pixels in [0, 1] of shape (batch, 3, side, side) -> one score a class and pixel, (batch, 21, side, side)."""
    return FCN(pretrained) if "TORCH_HOME" in os.environ else UNet()
