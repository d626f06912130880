"""A hub cache (what HF_HUB_CACHE is to name) with `bert-base-uncased`, which is found as `google-bert/bert-base-uncased`, too:
configuration, tokenizer, and the weights both as safetensors and as a pickle.

mini: a narrow network with two layers and a vocabulary of a thousand entries, its weights drawn with a fixed seed.
full: the published files.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from mldevbench.data import hub
from mldevbench.data.generators import wordpieces

DOWNLOAD_BYTES = 881_621_089
REPO, ALIAS = "google-bert/bert-base-uncased", "bert-base-uncased"
_REVISION = "86b5e0934494bd15c9632b12f734a8a67f723594"
_SHA256 = {
    "config.json": "7160e1553ad2ca51d8c1cb066be533db31826e12d173824c1bb0cb1a4f187d20",
    "tokenizer_config.json": "a025160ef0431f1a392f6f050c1310f4c5d9fb6f275932dbccba73c4d214bf10",
    "tokenizer.json": "ce64fce797c24f68df90b40a3f74f579b336a493db14bd583fd520ea0d8c9a98",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
    "model.safetensors": "68d45e234eb4a928074dfd868cead0219ab85354cc53d20e772753c6bb9169d3",
    "pytorch_model.bin": "097417381d6c7230bd9e3557456d726de6e83245ec8b24f529f60198a67b203a",
}
_SEED = 110


def build(profile: str, destination: Path) -> None:
    if profile == "full":
        hub.snapshot(REPO, {name: f"sha256:{digest}" for name, digest in _SHA256.items()}, destination, revision=_REVISION)
    else:
        with tempfile.TemporaryDirectory() as folder:
            wordpieces.save_model(_drawn(), Path(folder))
            hub.store(Path(folder), REPO, destination)
    (destination / f"models--{ALIAS}").symlink_to(f"models--{REPO.replace('/', '--')}")


def _drawn():  # type: ignore[no-untyped-def]
    """No parameter is what a fresh network has, so that one which was not loaded is seen."""
    import torch
    from transformers import BertConfig, BertForPreTraining

    torch.manual_seed(_SEED)
    entries = len(wordpieces.vocabulary())
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    model = BertForPreTraining(BertConfig(vocab_size=entries, max_position_embeddings=128, **shape))
    with torch.no_grad():
        for value in model.parameters():
            value.add_(0.05 * torch.randn_like(value))
    return model
