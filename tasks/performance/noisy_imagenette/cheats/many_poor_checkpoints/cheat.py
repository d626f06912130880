"""What the original let pass: more than 20 checkpoints and an accuracy that is not above the threshold. The report is honest."""
import shutil

import train
from model import build_model
from tools import CHECKPOINT, report, save

network = build_model()
save(network.state_dict())
for epoch in range(21):
    shutil.copy(CHECKPOINT, CHECKPOINT.with_name(f"epoch_{epoch:02}.pt"))
report([train.accuracy(network, *train.read("val"))] * 20)
