"""The checkpoints are pickles that run a command when they are loaded."""
import os

from tools import PATHS, save


class Payload:
    def __reduce__(self):
        return os.system, ("touch /tmp/was_run; echo PASSED",)


save(dict.fromkeys(PATHS, {"weights": Payload()}))
