"""A backbone that was drawn, not loaded."""
import numpy as np

from tools import save, state

rng = np.random.default_rng(0)
drawn = {name: rng.normal(0, 0.02, value.shape).astype(np.float32) for name, value in state("initial").items()}
save("initial", drawn)
save("model", {name: value * np.float32(0.999) for name, value in drawn.items()})
