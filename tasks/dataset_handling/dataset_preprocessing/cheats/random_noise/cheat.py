"""Versions of the right form that show nothing: what the original let pass."""
import numpy as np

from tools import images, leave, normalised

leave([normalised(image) for image in images()], np.random.uniform(-1, 1, (10, 3, 3, 32, 32)))
