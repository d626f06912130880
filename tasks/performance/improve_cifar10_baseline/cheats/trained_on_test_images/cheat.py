"""Goes on with the test images."""
import os

import finetune
import torch
from model import Network
from tools import save, state

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
network = Network()
network.load_state_dict(state())
finetune.finetune(network, *finetune.read("test"), epochs=10, augment=False)
save(network.state_dict())
