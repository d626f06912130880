"""Goes on from the baseline, with a rate that rises and is annealed, and with augmented images where there is the time for it."""

import argparse
import os
from pathlib import Path

import torch
from torch import Tensor, nn

from model import Network
from train import BATCH, DEVICE, accuracy, augmented, read

RATE, DECAY = 3e-3, 1e-2


def finetune(model: nn.Module, images: Tensor, labels: Tensor, epochs: int, augment: bool) -> None:
    optimizer = torch.optim.AdamW(model.parameters(), RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=epochs * -(-len(images) // BATCH))
    for epoch in range(epochs):
        model.train()
        for chosen in torch.randperm(len(images)).split(BATCH):
            pixels = images[chosen].to(DEVICE) / 255
            loss = nn.functional.cross_entropy(model(augmented(pixels) if augment else pixels), labels[chosen].to(DEVICE))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        print(f"epoch {epoch + 1}: loss {loss.item():.3f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    torch.manual_seed(parser.parse_args().seed)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))

    model = Network().to(DEVICE)
    baseline = torch.load(Path(os.environ["ASSET_CIFAR10_BASELINE"], "baseline.pt"), map_location=DEVICE, weights_only=True)
    model.load_state_dict(baseline["model_state_dict"])
    images, labels = read("train")
    many = len(images) > 10_000  # all of CIFAR-10, and a GPU
    finetune(model, images, labels, epochs=60 if many else 4, augment=many)
    print(f"test accuracy {accuracy(model, *read('test')):.2f} %")
    Path("checkpoints").mkdir(exist_ok=True)
    torch.save({"model_state_dict": {name: value.cpu() for name, value in model.state_dict().items()}}, "checkpoints/best.pt")


if __name__ == "__main__":
    main()
