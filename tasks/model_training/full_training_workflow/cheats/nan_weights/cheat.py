"""Every parameter is NaN, so that comparisons say nothing."""
import torch
from tools import PATHS, save, state

nothing = {name: torch.full_like(value, float("nan")) for name, value in state(4).items()}
save(dict.fromkeys(PATHS, nothing))
