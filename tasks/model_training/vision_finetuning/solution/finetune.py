"""Trains a pretrained vision transformer with a new head for two steps, and saves it before and after."""

import argparse
import json
import os
from pathlib import Path

import torch
from torch import Tensor
from torchvision.datasets import CIFAR10
from transformers import AutoImageProcessor, AutoModelForImageClassification

NAME = "facebook/dinov2-small"
BATCHES, BATCH, RATE = 2, 16, 0.01


def mini_batches() -> list[tuple[Tensor, Tensor]]:
    processor = AutoImageProcessor.from_pretrained(NAME)
    split = CIFAR10(os.environ["ASSET_CIFAR10"], train=True)
    images, labels = zip(*(split[i] for i in range(BATCHES * BATCH)), strict=True)
    pixels = processor(list(images), return_tensors="pt")["pixel_values"]
    return list(zip(pixels.split(BATCH), torch.tensor(labels).split(BATCH), strict=True))


def loss_on(model: torch.nn.Module, pixels: Tensor, labels: Tensor) -> Tensor:
    return torch.nn.functional.cross_entropy(model(pixel_values=pixels).logits, labels)


def train(model: torch.nn.Module, batches: list[tuple[Tensor, Tensor]]) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    for pixels, labels in batches:
        optimizer.zero_grad()
        loss_on(model, pixels, labels).backward()
        optimizer.step()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    torch.manual_seed(parser.parse_args().seed)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))

    batches = mini_batches()
    model = AutoModelForImageClassification.from_pretrained(NAME, num_labels=10)
    model.save_pretrained("initial")
    with torch.no_grad():
        initial_loss = loss_on(model, *batches[0]).item()
    train(model, batches)
    model.save_pretrained("model")
    with torch.no_grad():
        final_loss = loss_on(model, *batches[0]).item()
    info = {
        "model": {"name": NAME, "source": "huggingface", "parameters": sum(p.numel() for p in model.parameters())},
        "architecture": {"output_size": model.config.num_labels},
        "training": {"initial_loss": initial_loss, "final_loss": final_loss},
    }
    Path("model_info.json").write_text(json.dumps(info, indent=2))
    print(f"loss {initial_loss:.4f} before, {final_loss:.4f} after")


if __name__ == "__main__":
    main()
