"""A network that nobody trained."""
from torch import nn


def build_model():
    return nn.Conv2d(3, 21, 1)
