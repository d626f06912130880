"""One tensor of many numbers, which the original took for a model."""
import torch
from tools import PATHS, save

save({epoch: {"weights": torch.randn(100_000)} for epoch in PATHS})
