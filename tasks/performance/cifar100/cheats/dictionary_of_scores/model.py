"""What the original wanted: a dictionary of scores."""
from torch import nn


class Named(nn.Linear):
    def forward(self, pixels):
        return {"logits": super().forward(pixels.mean((2, 3)))}


def build_model():
    return Named(3, 100)
