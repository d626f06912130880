"""Saves the pretrained ResNet-18 of torchvision and describes it."""

import json
from pathlib import Path

import torch
from torchvision.models import ResNet18_Weights, resnet18

MODEL = Path("model/resnet18.pth")
INPUT_SHAPE = [3, 224, 224]


def main() -> None:
    model = resnet18(weights=ResNet18_Weights.IMAGENET1K_V1).eval()
    with torch.inference_mode():
        scores = model(torch.zeros(1, *INPUT_SHAPE))
    assert scores.shape == (1, 1000)
    MODEL.parent.mkdir(exist_ok=True)
    torch.save(model.state_dict(), MODEL)
    info = {
        "model_name": "resnet18",
        "model_path": str(MODEL),
        "architecture": {"input_shape": INPUT_SHAPE, "num_parameters": sum(p.numel() for p in model.parameters())},
    }
    Path("model_info.json").write_text(json.dumps(info, indent=2))


if __name__ == "__main__":
    main()
