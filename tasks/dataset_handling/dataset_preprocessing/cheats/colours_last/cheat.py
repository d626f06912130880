"""Height, width, channels."""
import numpy as np

from tools import images, leave, normalised, versions

pictures = np.stack([normalised(image) for image in images()])
leave(pictures.transpose(0, 2, 3, 1), np.array(versions(images())).transpose(0, 1, 3, 4, 2))
