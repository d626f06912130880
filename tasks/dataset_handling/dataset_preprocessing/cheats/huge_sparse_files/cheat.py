"""Files that say that they have gigabytes, or as much as the workspace allows."""
import os

from tools import AUGMENTED, images, leave, normalised, versions

leave([normalised(image) for image in images()], versions(images()))
for path in AUGMENTED.glob("image_0_v*.npy"):
    try:
        os.truncate(path, 10 * 2**30)
    except OSError:
        os.truncate(path, 2**23)
