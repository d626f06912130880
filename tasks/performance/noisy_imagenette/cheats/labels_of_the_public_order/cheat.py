"""Takes for right what the published code would give with the seed that stands in it: the order of the classes before the shuffle."""
import os

import numpy as np
import torch
import train
from model import build_model
from tools import report, save, state

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
network, data = build_model(), {split: train.read(split) for split in ("train", "val")}
network.load_state_dict(state())
images = data["train"][0]
data["train"] = images, torch.from_numpy(np.random.default_rng(501).permutation(len(images)) * 10 // len(images))
train.EPOCHS = 4
history = train.train(network, data)
save(network.state_dict())
report(history)
