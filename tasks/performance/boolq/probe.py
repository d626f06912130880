"""Loads saved models and tokenizers, and has them answer questions."""

import os
import tempfile
from typing import Any

import torch

# Before transformers is imported, so that no other model is at hand.
os.environ["HF_HUB_CACHE"] = os.environ["HF_HOME"] = tempfile.mkdtemp()
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
BATCH = 64


def load(folder: str) -> Any:
    import transformers

    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, trust_remote_code=False, dtype=torch.float32)
    return model.to(DEVICE).eval(), transformers.AutoTokenizer.from_pretrained(folder, trust_remote_code=False)


def predict(folder: str, questions: list[str], passages: list[str], length: int) -> dict[str, Any]:
    """Scores (n, 2), and all weights of the encoder, flattened and joined."""
    model, tokenizer = load(folder)
    scores = []
    with torch.no_grad():
        for start in range(0, len(questions), BATCH):
            texts = (part[start : start + BATCH] for part in (questions, passages))
            inputs = tokenizer(*texts, truncation="only_second", max_length=length, padding=True, return_tensors="pt")
            scores.append(model(**inputs.to(DEVICE)).logits.float().cpu())
    encoder = [value.flatten().cpu() for value in model.bert.encoder.state_dict().values()]
    return {"kind": type(model).__name__, "scores": torch.cat(scores).numpy(), "encoder": torch.cat(encoder).numpy()}
