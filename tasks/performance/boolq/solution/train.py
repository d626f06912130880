"""Fine-tunes TinyBERT on BoolQ, logs every epoch to W&B, and keeps the first and the best checkpoint."""

import argparse
import io
import json
import os
import zipfile
from pathlib import Path

import torch
import wandb
from transformers import AutoModelForSequenceClassification, AutoTokenizer

NAME = "huawei-noah/TinyBERT_General_4L_312D"
PROJECT = "boolq-tinybert-training"
LENGTH, BATCH, EPOCHS, WARM_UP = int(os.environ["MAX_LENGTH"]), 32, 6, 0.2
NARROW, RATES = 100, (1e-3, 7e-5)
"""A network that is narrower than this takes the first rate, any other the second."""
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def read(split):
    with zipfile.ZipFile(Path(os.environ["BOOLQ"])) as archive:
        return [json.loads(line) for line in io.TextIOWrapper(archive.open(f"BoolQ/{split}.jsonl"), "utf-8", newline="\n")]


def logits(model, tokenizer, records):
    texts = ([record[key] for record in records] for key in ("question", "passage"))
    inputs = tokenizer(*texts, truncation="only_second", max_length=LENGTH, padding=True, return_tensors="pt")
    return model(**inputs.to(DEVICE)).logits


def labels(records):
    return torch.tensor([int(record["label"]) for record in records], device=DEVICE)


@torch.no_grad()
def accuracy(model, tokenizer, records):
    model.eval()
    parts = [records[start : start + 100] for start in range(0, len(records), 100)]
    right = sum(int((logits(model, tokenizer, part).argmax(1) == labels(part)).sum()) for part in parts)
    return 100 * right / len(records)


def epochs(model, tokenizer, records):
    """Trains epoch by epoch, and yields the mean loss of each."""
    rate = RATES[model.config.hidden_size >= NARROW]
    optimizer = torch.optim.AdamW(model.parameters(), rate, weight_decay=0.01)
    steps = EPOCHS * -(-len(records) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=WARM_UP)
    for _ in range(EPOCHS):
        model.train()
        losses = []
        for chosen in torch.randperm(len(records)).split(BATCH):
            part = [records[number] for number in chosen.tolist()]
            loss = torch.nn.functional.cross_entropy(logits(model, tokenizer, part), labels(part))
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        yield sum(losses) / len(losses)


def save(model, tokenizer, folder):
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    torch.manual_seed(parser.parse_args().seed)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))

    tokenizer = AutoTokenizer.from_pretrained(NAME)
    model = AutoModelForSequenceClassification.from_pretrained(NAME, num_labels=2).to(DEVICE)
    train, val, best = read("train"), read("val"), -1.0
    with wandb.init(project=PROJECT, config={"epochs": EPOCHS, "batch_size": BATCH}) as run:
        for epoch, loss in enumerate(epochs(model, tokenizer, train), 1):
            found = accuracy(model, tokenizer, val)
            run.log({"epoch": epoch, "train_loss": loss, "val_accuracy": found})
            print(f"epoch {epoch}: loss {loss:.3f}, validation accuracy {found:.2f} %")
            if epoch == 1:
                save(model, tokenizer, "checkpoints/epoch_1")
            if found > best:
                best = found
                save(model, tokenizer, "best_checkpoint")
        Path("wandb_info.json").write_text(json.dumps({"project_id": PROJECT, "run_id": run.id}))


if __name__ == "__main__":
    main()
