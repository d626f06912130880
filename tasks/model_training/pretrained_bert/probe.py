"""Loads the saved model and tokenizer, and hands back tensors and numbers of tokens."""

import os
import tempfile
from typing import Any

import numpy as np

# Before transformers is imported, so that no other copy of the model is at hand.
os.environ["HF_HUB_CACHE"] = os.environ["HF_HOME"] = tempfile.mkdtemp()


def tensors() -> dict[str, np.ndarray]:
    import transformers

    model = transformers.AutoModel.from_pretrained("model", dtype="auto", trust_remote_code=False)
    return {name: value.detach().numpy() for name, value in model.state_dict().items()}


def tokens(texts: list[str], pairs: list[list[str]]) -> dict[str, Any]:
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained("model", trust_remote_code=False)
    found = [tokenizer(text) for text in texts] + [tokenizer(*pair) for pair in pairs]
    return {
        "input_ids": [list(one["input_ids"]) for one in found],
        "token_type_ids": [list(one["token_type_ids"]) for one in found],
        "model_max_length": int(tokenizer.model_max_length),
    }
