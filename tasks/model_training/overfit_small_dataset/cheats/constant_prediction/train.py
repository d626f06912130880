"""The saved parameters make every prediction a zero."""
import torch
from torch import nn

from model import build_model
from tools import INDICES, report

model = build_model()
nn.init.zeros_(model[3].weight)
model[3].bias.data = torch.tensor([9.0, 0.0, 0.0])
torch.save(model.state_dict(), "model.pt")
report(INDICES)
