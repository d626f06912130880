"""A network that was damaged by noise, with the accuracies of a good one in the report."""
import torch

from tools import save, state

save({name: value + 0.15 * torch.randn_like(value) for name, value in state().items()})
