"""Tensors of half the size."""
import numpy as np

from tools import report, save, start

for folder in ("initial", "model"):
    save(folder, {name: value.astype(np.float16) for name, value in start().items()})
report()
