"""Fine-tunes a BERT on BoolQ, watches its accuracy on the validation questions, and keeps the best checkpoint."""

import argparse
import random

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from utils import batches, read_records


def tensors(tokenizer, questions, passages, max_length):
    return tokenizer(questions, passages, truncation="only_second", max_length=max_length, padding=True, return_tensors="pt")


@torch.no_grad()
def accuracy(model, tokenizer, records, arguments):
    """In percent of all records."""
    model.eval()
    right = 0
    for questions, passages, labels in batches(records, arguments.batch_size):
        scores = model(**tensors(tokenizer, questions, passages, arguments.max_length)).logits
        right += int((scores.argmax(1) == torch.tensor(labels)).sum())
    return 100 * right / len(records)


def train(model, tokenizer, data, arguments):
    steps = arguments.epochs * -(-len(data["train"]) // arguments.batch_size)
    optimizer = torch.optim.AdamW(model.parameters(), arguments.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, arguments.learning_rate, total_steps=steps)
    best = 0.0
    for epoch in range(1, arguments.epochs + 1):
        model.train()
        random.shuffle(data["train"])
        for questions, passages, labels in batches(data["train"], arguments.batch_size):
            inputs = tensors(tokenizer, questions, passages, arguments.max_length)
            loss = model(**inputs, labels=torch.tensor(labels)).loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        found = accuracy(model, tokenizer, data["val"], arguments)
        print(f"epoch {epoch}/{arguments.epochs}: validation accuracy {found:.2f} %")
        if found > best:
            best = found
            model.save_pretrained(arguments.output)
            tokenizer.save_pretrained(arguments.output)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--base", required=True)
    parser.add_argument("--data", required=True, help="folder of train.jsonl and val.jsonl")
    parser.add_argument("--output", default="best_checkpoint")
    parser.add_argument("--learning_rate", type=float, default=2e-3)
    parser.add_argument("--batch_size", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=7)
    parser.add_argument("--max_length", type=int, default=128)
    parser.add_argument("--seed", type=int, default=312)
    arguments = parser.parse_args()
    print("arguments:", " ".join(f"{name}={value}" for name, value in vars(arguments).items()))
    random.seed(arguments.seed)
    torch.manual_seed(arguments.seed)
    tokenizer = AutoTokenizer.from_pretrained(arguments.base)
    model = AutoModelForSequenceClassification.from_pretrained(arguments.base, num_labels=2)
    train(model, tokenizer, {split: read_records(f"{arguments.data}/{split}.jsonl") for split in ("train", "val")}, arguments)


if __name__ == "__main__":
    main()
