"""Every parameter is NaN, so that comparisons say nothing."""
import torch

from tools import save, state

save({name: value * float("nan") if value.is_floating_point() else value for name, value in state().items()})
