"""A WordPiece vocabulary of a thousand entries, most of them invented words, in the order that BERT's uncased models have."""

from __future__ import annotations

import itertools
import string
from functools import cache
from pathlib import Path

import numpy as np

SPECIAL = {"[PAD]": 0, "[UNK]": 100, "[CLS]": 101, "[SEP]": 102, "[MASK]": 103}
COMMON = (
    "about all an and as at by did does for from has have in is it its more no not of on or said so than that the there they "
    "this to was were which will with yes"
).split()
ENDINGS = ("##ed", "##ing", "##er", "##ly", "##ness", "##able")
_SEED, _WORDS = 30522, 748


@cache
def invented() -> tuple[str, ...]:
    """Words of two syllables, each of them one entry of the vocabulary."""
    syllables = ["".join(letters) for letters in itertools.product("bdfgklmnprstvz", "aeiou")]
    possible = ["".join(pair) for pair in itertools.product(syllables, syllables)]
    return tuple(str(word) for word in np.random.default_rng(_SEED).permutation(possible)[:_WORDS])


def vocabulary() -> list[str]:
    """Every entry, in the order of its number: special and unused ones, signs, letters, pieces of words, words."""
    special = {number: name for name, number in SPECIAL.items()}
    first = [special.get(number, f"[unused{number}]") for number in range(max(special) + 1)]
    letters = [*string.digits, *string.ascii_lowercase]
    return [*first, *string.punctuation, *letters, *(f"##{letter}" for letter in letters), *ENDINGS, *COMMON, *invented()]


def save_model(model, folder: Path) -> None:  # type: ignore[no-untyped-def]
    """Configuration, tokenizer, and the weights in both forms; parameters of layer norms are named as in the published files."""
    import torch
    from safetensors.torch import save_file
    from transformers import BertTokenizerFast

    entries = vocabulary()
    numbers = {entry: number for number, entry in enumerate(entries)}
    model.config.architectures = [type(model).__name__]
    model.config.save_pretrained(folder)
    BertTokenizerFast(vocab=numbers, model_max_length=model.config.max_position_embeddings).save_pretrained(folder)
    (folder / "vocab.txt").write_text("".join(f"{entry}\n" for entry in entries))
    state = {
        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): value.contiguous()
        for name, value in model.state_dict().items()
        if not name.startswith("cls.predictions.decoder.")  # which shares its values with others
    }
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    torch.save(state, folder / "pytorch_model.bin")
