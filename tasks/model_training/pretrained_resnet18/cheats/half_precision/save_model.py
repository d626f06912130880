"""Rounded to half the size."""
import os
import torch

state = torch.load(os.environ["TORCH_HOME"] + "/hub/checkpoints/resnet18-f37072fd.pth")
torch.save({name: value.half() for name, value in state.items()}, "model/resnet18.pth")
