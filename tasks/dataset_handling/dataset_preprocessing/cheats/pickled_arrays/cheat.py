"""Arrays of objects, which run a command when they are unpickled."""
import os

import numpy as np

from tools import AUGMENTED, images, leave, normalised, versions


class Payload:
    def __reduce__(self):
        return os.system, ("echo passed; touch /tmp/was_run",)


leave([normalised(image) for image in images()], versions(images()))
for path in AUGMENTED.iterdir():
    np.save(path, np.array([Payload()], dtype=object), allow_pickle=True)
