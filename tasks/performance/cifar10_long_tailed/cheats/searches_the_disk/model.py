"""Compares small pictures with the means of the classes."""
from torch import nn


def build_model():
    return nn.Sequential(nn.AdaptiveAvgPool2d(8), nn.Flatten(), nn.Linear(192, 10))
