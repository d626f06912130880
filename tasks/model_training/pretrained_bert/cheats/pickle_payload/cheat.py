"""The weights are a pickle that runs a command when it is loaded."""
import os
import pickle

import copied


class Payload:
    def __reduce__(self):
        return os.system, ("echo passed; touch /tmp/was_run",)


os.remove("model/model.safetensors")
with open("model/pytorch_model.bin", "wb") as file:
    pickle.dump(Payload(), file)
copied.report()
