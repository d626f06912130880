"""Twice as wide as the pretrained network."""
import numpy as np
from tools import BEST, save, weights

save(BEST, {name: np.concatenate([value, value], -1) for name, value in weights(BEST).items()}, hidden_size=96)
