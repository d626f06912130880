"""Noise in place of training, as large as two steps are."""
import numpy as np

from tools import report, save, start

rng = np.random.default_rng(0)
save("initial", start())
save("model", {name: value + rng.normal(0, 1e-4, value.shape).astype(np.float32) for name, value in start().items()})
report()
