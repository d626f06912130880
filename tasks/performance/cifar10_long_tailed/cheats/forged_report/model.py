"""A network that nobody trained."""
from torch import nn


def build_model():
    return nn.Sequential(nn.AdaptiveAvgPool2d(8), nn.Flatten(), nn.Linear(192, 10))
