"""The last layer is left out."""
import os
import torch

state = torch.load(os.environ["TORCH_HOME"] + "/hub/checkpoints/resnet18-f37072fd.pth")
torch.save({name: value for name, value in state.items() if not name.startswith("fc.")}, "model/resnet18.pth")
