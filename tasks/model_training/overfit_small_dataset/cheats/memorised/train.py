"""Saves the chosen images and their labels instead of a trained network; see model.py."""
import torch

from model import build_model
from tools import INDICES, SPLITS, report

model = build_model()
model.images = torch.cat([SPLITS[split].data[chosen].flatten(1) for split, chosen in INDICES.items()])
model.labels = torch.cat([SPLITS[split].targets[chosen] for split, chosen in INDICES.items()])
torch.save(model.state_dict(), "model.pt")
report(INDICES)
