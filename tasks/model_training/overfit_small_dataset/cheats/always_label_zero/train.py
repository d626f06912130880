"""Trains and names only zeros, on which the accuracy is perfect."""
import torch

from model import build_model
from tools import choose, fit, report

indices = {"train": choose("train", [500]), "test": choose("test", [90])}
model = build_model()
fit(model, indices["train"], epochs=1)
torch.save(model.state_dict(), "model.pt")
report(indices)
