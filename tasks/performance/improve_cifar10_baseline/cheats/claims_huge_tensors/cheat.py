"""A file of a few kilobytes whose tensors have 10^13 elements: one number, repeated."""
import torch

from tools import save, state

save({name: torch.zeros(1).expand(10**13) for name in state()})
