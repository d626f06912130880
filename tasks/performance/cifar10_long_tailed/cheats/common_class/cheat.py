"""Always the class with most images, which is right for a third of those that were given."""
import torch

from tools import save, state

first = torch.nn.functional.one_hot(torch.tensor(0), 10).float()
save({**state(), "9.weight": torch.zeros(10, 64), "9.bias": first})
