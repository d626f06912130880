"""Answers with one label a pixel."""
from torch import nn


class Labels(nn.Conv2d):
    def forward(self, pixels):
        return super().forward(pixels).argmax(1)


def build_model():
    return Labels(3, 21, 1)
