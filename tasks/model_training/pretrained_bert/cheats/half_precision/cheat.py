"""Rounded to half the size."""
import numpy as np
from copied import save, weights

save({name: value.astype(np.float16) for name, value in weights().items()})
