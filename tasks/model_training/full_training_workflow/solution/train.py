"""Fine-tunes DINOv2 on the noisy labels, with a checkpoint after each epoch."""

import argparse
import csv
import json
import os
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor, nn
from transformers import AutoImageProcessor, Dinov2ForImageClassification

REPO = "facebook/dinov2-small"
ROOT = Path("dataset/noisy-imagenette-160")
EPOCHS = 4
BATCH = 16
BACKBONE_RATE, HEAD_RATE = 1e-4, 3e-3
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def read() -> dict[str, tuple[Tensor, Tensor]]:
    """Prepared images (n, 3, side, side), in half precision, and labels (n,) of both splits."""
    processor = AutoImageProcessor.from_pretrained(REPO)
    with Path("noisy_labels_50.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    classes = sorted({row["label"] for row in rows})
    data = {}
    for split in ("train", "val"):
        chosen = [row for row in rows if row["path"].startswith(f"{split}/")]
        images = []
        for row in chosen:
            image = Image.open(ROOT / row["path"]).convert("RGB")
            images.append(processor(image, return_tensors="pt")["pixel_values"][0].half())
        data[split] = torch.stack(images), torch.tensor([classes.index(row["label"]) for row in chosen])
    return data


def train_epoch(model: nn.Module, optimizer: torch.optim.Optimizer, schedule, images: Tensor, labels: Tensor) -> float:
    model.train()
    for chosen in torch.randperm(len(images)).split(BATCH):
        scores = model(pixel_values=images[chosen].to(DEVICE).float()).logits
        loss = nn.functional.cross_entropy(scores, labels[chosen].to(DEVICE), label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return loss.item()


@torch.no_grad()
def accuracy(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """In percent."""
    model.eval()
    scores = torch.cat([model(pixel_values=batch.to(DEVICE).float()).logits.cpu() for batch in images.split(64)])
    return 100 * (scores.argmax(1) == labels).float().mean().item()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    torch.manual_seed(parser.parse_args().seed)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))

    data = read()
    model = Dinov2ForImageClassification.from_pretrained(REPO, num_labels=10).to(DEVICE)
    groups = [
        {"params": model.dinov2.parameters(), "lr": BACKBONE_RATE},
        {"params": model.classifier.parameters(), "lr": HEAD_RATE},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=1e-2)
    steps = EPOCHS * -(-len(data["train"][0]) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, [group["lr"] for group in groups], total_steps=steps + 1)
    Path("checkpoints").mkdir(exist_ok=True)
    history = []
    for epoch in range(1, EPOCHS + 1):
        loss = train_epoch(model, optimizer, schedule, *data["train"])
        history.append(accuracy(model, *data["val"]))
        torch.save({"epoch": epoch, "model_state_dict": model.state_dict()}, f"checkpoints/epoch_{epoch}.pt")
        print(f"epoch {epoch}: loss {loss:.3f}, validation accuracy {history[-1]:.2f} %")
    Path("training_metrics.json").write_text(json.dumps({"val_acc": history, "best_val_acc": max(history)}))


if __name__ == "__main__":
    main()
