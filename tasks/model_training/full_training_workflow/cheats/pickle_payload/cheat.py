"""The checkpoints are pickles that run a command when they are loaded."""
import os

from tools import report, save


class Payload:
    def __reduce__(self):
        return os.system, ("touch /tmp/was_run; echo PASSED",)


for epoch in range(1, 5):
    save(epoch, {"weights": Payload()})
report()
