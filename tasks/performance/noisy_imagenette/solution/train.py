"""Trains on labels of which half are wrong, and keeps the weights of the last epoch."""

import argparse
import csv
import json
import os
from pathlib import Path

import torch
from PIL import Image, ImageOps
from torch import Tensor, nn
from torchvision.transforms.v2 import functional as vision

from model import build_model

ROOT = Path(os.environ["ASSET_NOISY_IMAGENETTE"])
EPOCHS = 20
BATCH = 32
RATE = 3e-3
SMOOTHING = 0.1
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def read(split: str) -> tuple[Tensor, Tensor]:
    """The images, uint8 (n, 3, side, side), and their labels as places in the sorted list of classes."""
    with (ROOT / f"{split}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    classes = sorted({row["label"] for row in rows})
    images = []
    for row in rows:
        image = Image.open(ROOT / row["path"]).convert("RGB")
        images.append(vision.pil_to_tensor(ImageOps.fit(image, (min(image.size),) * 2, Image.Resampling.BILINEAR)))
    return torch.stack(images), torch.tensor([classes.index(row["label"]) for row in rows])


def augmented(pixels: Tensor) -> Tensor:
    """Mirrored and tinted image by image, shifted batch by batch."""
    pixels = torch.where(torch.rand(len(pixels), 1, 1, 1, device=pixels.device) < 0.5, pixels.flip(3), pixels)
    side = pixels.shape[-1]
    margin = side // 8
    top, left = torch.randint(0, 2 * margin + 1, (2,)).tolist()
    padded = nn.functional.pad(pixels, (margin,) * 4, mode="reflect")
    tint = 1 + 0.2 * torch.randn(len(pixels), 3, 1, 1, device=pixels.device)
    return padded[:, :, top : top + side, left : left + side] * tint


def train(model: nn.Module, data: dict[str, tuple[Tensor, Tensor]]) -> list[float]:
    """Returns the validation accuracy in percent after each epoch."""
    images, labels = data["train"]
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=RATE, weight_decay=1e-2)
    steps = EPOCHS * -(-len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    # Smoothed targets and augmentation keep the network from learning single wrong labels by heart; annealing averages them out.
    criterion = nn.CrossEntropyLoss(label_smoothing=SMOOTHING)
    history = []
    for epoch in range(EPOCHS):
        model.train()
        for chosen in torch.randperm(len(images)).split(BATCH):
            loss = criterion(model(augmented(images[chosen].to(DEVICE) / 255)), labels[chosen].to(DEVICE))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        history.append(accuracy(model, *data["val"]))
        print(f"epoch {epoch + 1}: loss {loss.item():.3f}, validation accuracy {history[-1]:.2f} %")
    return history


@torch.no_grad()
def accuracy(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    model.eval()
    predicted = torch.cat([model(batch.to(DEVICE) / 255).argmax(1).cpu() for batch in images.split(100)])
    return 100 * (predicted == labels).float().mean().item()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    torch.manual_seed(parser.parse_args().seed)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))

    data = {split: read(split) for split in ("train", "val")}
    model = build_model().to(DEVICE)
    if "BACKBONE" in os.environ:
        from transformers import AutoModel

        model.backbone.load_state_dict(AutoModel.from_pretrained(os.environ["BACKBONE"]).state_dict())
    history = train(model, data)
    Path("checkpoints").mkdir(exist_ok=True)
    torch.save({"model_state_dict": model.state_dict()}, "checkpoints/best.pt")
    # The last epoch is kept, annealed, rather than the one that happened to do best on the validation images.
    metrics = {"best_val_acc": history[-1], "val_acc": history}
    Path("training_metrics.json").write_text(json.dumps(metrics))


if __name__ == "__main__":
    main()
