"""The file runs a command when it is unpickled."""
import os
import pickle


class Payload:
    def __reduce__(self):
        return os.system, ("echo passed; touch /tmp/was_run",)


with open("model/resnet18.pth", "wb") as file:
    pickle.dump(Payload(), file)
