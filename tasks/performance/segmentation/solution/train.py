"""Trains on VOC's training images and reports the mean intersection over union on the validation images."""

import argparse
import json
import os
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.datasets import VOCSegmentation

from model import CLASSES, build_model

ROOT = os.environ["ASSET_VOC2012"]
SIDE = 320 if "TORCH_HOME" in os.environ else 64
EPOCHS = 24
BATCH = 8
RATE = 4e-3
BORDER = 255
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def read(split: str) -> tuple[Tensor, Tensor]:
    """The images, uint8 (n, 3, side, side), and their masks (n, side, side), squeezed into squares."""
    images, masks = [], []
    for image, mask in VOCSegmentation(ROOT, year="2012", image_set=split, download=False):
        images.append(np.asarray(image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR)))
        masks.append(np.asarray(mask.resize((SIDE, SIDE), Image.Resampling.NEAREST)))
    return torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2), torch.from_numpy(np.stack(masks))


def augmented(pixels: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
    if torch.rand(()) < 0.5:
        pixels, masks = pixels.flip(3), masks.flip(2)
    return (pixels * (1 + 0.2 * torch.randn(len(pixels), 3, 1, 1, device=pixels.device))).clamp(0, 1), masks


def train(model: nn.Module, images: Tensor, masks: Tensor) -> None:
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=EPOCHS * -(-len(images) // BATCH))
    criterion = nn.CrossEntropyLoss(ignore_index=BORDER)
    for epoch in range(EPOCHS):
        model.train()
        for chosen in torch.randperm(len(images)).split(BATCH):
            pixels, wanted = augmented(images[chosen].to(DEVICE) / 255, masks[chosen].to(DEVICE).long())
            loss = criterion(model(pixels), wanted)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        print(f"epoch {epoch + 1}: loss {loss.item():.3f}")


@torch.no_grad()
def mean_iou(model: nn.Module, images: Tensor, masks: Tensor) -> float:
    """Over all images together, and over the classes that the masks hold; borders do not count."""
    model.eval()
    predicted = torch.cat([model(batch.to(DEVICE) / 255).argmax(1).cpu() for batch in images.split(BATCH)])
    counts = masks != BORDER
    pairs = torch.bincount(masks[counts].long() * CLASSES + predicted[counts], minlength=CLASSES**2).view(CLASSES, CLASSES)
    union = pairs.sum(0) + pairs.sum(1) - pairs.diag()
    return (pairs.diag() / union)[pairs.sum(1) > 0].mean().item()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    torch.manual_seed(parser.parse_args().seed)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))

    started = time.monotonic()
    model = build_model(pretrained=True).to(DEVICE)
    train(model, *read("train"))
    seconds = time.monotonic() - started
    torch.save(model.state_dict(), "model.pt")
    result = {
        "mean_iou": mean_iou(model, *read("val")),
        "training_time": seconds,
        "dataset_info": {"year": "2012", "image_set": "val", "num_classes": CLASSES},
    }
    Path("output_info.json").write_text(json.dumps(result, indent=2))
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
