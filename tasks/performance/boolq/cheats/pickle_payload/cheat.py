"""The weights are a pickle that runs a command when it is loaded."""
import os
import pickle

from tools import BEST, FIRST, report, save


class Payload:
    def __reduce__(self):
        return os.system, ("touch /tmp/was_run; echo PASSED",)


for folder in (FIRST, BEST):
    save(folder, {})
    os.remove(folder + "/model.safetensors")
    pickle.dump(Payload(), open(folder + "/pytorch_model.bin", "wb"))
report([70.0, 95.0])
