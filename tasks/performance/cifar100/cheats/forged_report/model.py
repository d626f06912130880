"""A network that nobody trained."""
from torch import nn


def build_model():
    return nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(48, 100))
