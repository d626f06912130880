"""Evaluates a fine-tuned checkpoint on questions of BoolQ; writes its accuracy, in percent, and its predictions (1: yes)."""

import argparse
import json
from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from utils import batches, read_records

BATCH_SIZE = 32
MAX_LENGTH = 32


@torch.no_grad()
def evaluate(model, tokenizer, records):
    model.eval()
    predictions, accuracies = [], []
    for questions, passages, labels in batches(records, BATCH_SIZE):
        inputs = tokenizer(
            questions, passages, truncation="only_second", max_length=MAX_LENGTH, padding=True, return_tensors="pt"
        )
        scores = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]).logits
        predicted = scores.argmax(1)
        accuracies.append((predicted == torch.tensor(labels)).float().mean().item())
        predictions += predicted.tolist()
    return 100 * sum(accuracies) / len(accuracies), predictions


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--data", required=True, help="a .jsonl file")
    parser.add_argument("--output", default="eval_metrics.json")
    arguments = parser.parse_args()
    tokenizer = AutoTokenizer.from_pretrained(arguments.checkpoint)
    model = AutoModelForSequenceClassification.from_pretrained(arguments.checkpoint)
    accuracy, predictions = evaluate(model, tokenizer, read_records(arguments.data))
    print(f"accuracy {accuracy:.2f} %")
    Path(arguments.output).write_text(json.dumps({"final_val_accuracy": accuracy, "predictions": predictions}))


if __name__ == "__main__":
    main()
