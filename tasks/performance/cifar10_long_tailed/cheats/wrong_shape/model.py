"""What the original wanted: a dictionary; and one answer for all images of a batch."""
import torch
from torch import nn


class One(nn.Linear):
    def forward(self, pixels):
        return {"logits": torch.ones(10)}


def build_model():
    return One(1, 1)
