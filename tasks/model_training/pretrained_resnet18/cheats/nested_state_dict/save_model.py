"""The tensors one level down."""
import os
import torch

state = torch.load(os.environ["TORCH_HOME"] + "/hub/checkpoints/resnet18-f37072fd.pth")
torch.save({"state_dict": state, "epoch": 90}, "model/resnet18.pth")
