"""One tensor of many numbers, which the original took for a model."""
import torch

from tools import save

save({"weights": torch.randn(100_000)})
