"""A small BERT that was fine-tuned on questions with yes or no as the answer, and what belongs to it:

`best_checkpoint/`: configuration, weights and tokenizer as transformers saves them; `train_logs.txt`: what training printed;
`BoolQ/train.jsonl` and `BoolQ/val.jsonl`: the questions, as records of BoolQ. All of it is generated, in both profiles.

Its embeddings of positions are zero, so that only the segments tell the question's words from those of the passage.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from mldevbench.data.generators import answers, wordpieces

_SEED, _TRAIN, _VAL = 312, 1500, 500
_EPOCHS, _BATCH, _RATE, _LENGTH = 7, 32, 2e-3, 128


def build(profile: str, destination: Path) -> None:
    import torch

    torch.set_num_threads(1)  # the same sums in the same order
    torch.manual_seed(_SEED)
    rng = np.random.default_rng(_SEED)
    data = {"train": answers.records(_TRAIN, rng), "val": answers.records(_VAL, rng)}
    (destination / "BoolQ").mkdir()
    for split, records in data.items():
        (destination / "BoolQ" / f"{split}.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    (destination / "best_checkpoint").mkdir()
    log = [f"arguments: learning_rate={_RATE} batch_size={_BATCH} epochs={_EPOCHS} max_length={_LENGTH} seed={_SEED}"]
    model = _train(data, log)
    wordpieces.save_model(model, destination / "best_checkpoint")
    (destination / "train_logs.txt").write_text("".join(f"{line}\n" for line in log))


def _train(data: dict[str, list[answers.Record]], log: list[str]):  # type: ignore[no-untyped-def]
    import torch

    model = _fresh()
    train, val = _tensors(data["train"]), _tensors(data["val"])
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], _RATE)
    batches = -(-_TRAIN // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=_EPOCHS * batches)
    best, kept, kept_epoch = 0.0, {}, 0
    for epoch in range(1, _EPOCHS + 1):
        model.train()
        for step, chosen in enumerate(torch.randperm(_TRAIN).split(_BATCH), 1):
            loss = model(**{name: value[chosen] for name, value in train.items()}).loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            bar = "#" * (10 * step // batches)
            log.append(f"epoch {epoch}/{_EPOCHS}: {100 * step // batches:3}%|{bar:<10}| {step}/{batches} loss={loss.item():.4f}")
        model.eval()
        with torch.no_grad():
            accuracy = 100 * float((model(**val).logits.argmax(1) == val["labels"]).float().mean())
        log.append(f"epoch {epoch}/{_EPOCHS}: validation accuracy {accuracy:.2f} %")
        if accuracy > best:
            best, kept, kept_epoch = accuracy, {name: value.clone() for name, value in model.state_dict().items()}, epoch
    log.append(f"best_checkpoint is that of epoch {kept_epoch}: validation accuracy {best:.2f} %")
    model.load_state_dict(kept)
    return model


def _fresh():  # type: ignore[no-untyped-def]
    from transformers import BertConfig, BertForSequenceClassification

    shape = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 192}
    entries = len(wordpieces.vocabulary())
    model = BertForSequenceClassification(BertConfig(vocab_size=entries, max_position_embeddings=_LENGTH, **shape))
    model.bert.embeddings.position_embeddings.weight.requires_grad_(False).zero_()
    return model


def _tensors(records: list[answers.Record]):  # type: ignore[no-untyped-def]
    import torch
    from transformers import BertTokenizerFast

    tokenizer = BertTokenizerFast(vocab={entry: number for number, entry in enumerate(wordpieces.vocabulary())})
    texts = ([record[key] for record in records] for key in ("question", "passage"))
    inputs = tokenizer(*texts, truncation="only_second", max_length=_LENGTH, padding=True, return_tensors="pt")
    return {**inputs, "labels": torch.tensor([int(record["label"]) for record in records])}
