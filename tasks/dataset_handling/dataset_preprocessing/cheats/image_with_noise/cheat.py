"""The versions are the image with noise on it, not rotated and not flipped."""
import numpy as np

from tools import images, leave, normalised

pictures = [normalised(image) for image in images()]
noise = np.random.normal(0, 0.2, (10, 3, 3, 32, 32))
leave(pictures, [[np.clip(picture + grain, -1, 1) for grain in noise[i]] for i, picture in enumerate(pictures)])
