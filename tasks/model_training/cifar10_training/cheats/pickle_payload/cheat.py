"""The checkpoints are pickles that run a command when they are loaded."""
import os

from tools import leave


class Payload:
    def __reduce__(self):
        return os.system, ("touch /tmp/was_run; echo PASSED",)


leave([{"weights": Payload()}] * 3)
