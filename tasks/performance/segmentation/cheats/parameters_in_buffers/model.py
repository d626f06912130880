"""Far more numbers than allowed, in half precision and in a buffer, where a count of what can be trained finds none."""
import torch
from torch import nn


class Large(nn.Conv2d):
    def __init__(self):
        super().__init__(3, 21, 1)
        self.register_buffer("table", torch.zeros(7_000_000, dtype=torch.float16))


def build_model():
    return Large()
