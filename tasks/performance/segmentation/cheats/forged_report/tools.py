"""What several of these cheats use: writing a checkpoint and a report."""
import json
from pathlib import Path

import torch

torch.manual_seed(0)


def save(state):
    torch.save(state, "model.pt")


def report(mean_iou=0.9, image_set="val"):
    dataset = {"year": "2012", "image_set": image_set, "num_classes": 21}
    Path("output_info.json").write_text(json.dumps({"mean_iou": mean_iou, "training_time": 600, "dataset_info": dataset}))
