"""Files that run a command when they are unpickled."""
import os
import pickle
from pathlib import Path

from tools import FOLDERS


class Payload:
    def __reduce__(self):
        return os.system, ("echo passed; touch /tmp/was_run",)


for folder in FOLDERS:
    for name in ("model.safetensors", "pytorch_model.bin"):
        Path(folder, name).write_bytes(pickle.dumps(Payload()))
