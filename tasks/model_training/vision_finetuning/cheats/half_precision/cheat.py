"""Tensors of half the size."""
import numpy as np

from tools import save, state

save("model", {name: value.astype(np.float16) for name, value in state("model").items()})
