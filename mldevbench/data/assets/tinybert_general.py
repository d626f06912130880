"""A hub cache (what HF_HUB_CACHE is to name) with `huawei-noah/TinyBERT_General_4L_312D`: configuration, tokenizer and weights.

mini: a narrower network with two layers, its weights drawn with a fixed seed. Of the questions of the asset `boolq` it knows what
a pretrained network knows of a language: words lie in the order of their levels.
full: the published weights. No checksum of them was published that could be verified: the one of the pointer that the hub keeps
at that commit is used. The tokenizer is BERT's own, which TinyBERT shares; its configuration is written here.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from mldevbench.data import hub
from mldevbench.data.download import download
from mldevbench.data.generators import answers, wordpieces

DOWNLOAD_BYTES = 63_445_009
REPO = "huawei-noah/TinyBERT_General_4L_312D"
_REVISION = "34707a33cd59a94ecde241ac209bf35103691b43"
_TOKENIZER, _TOKENIZER_REVISION = "google-bert/bert-base-uncased", "86b5e0934494bd15c9632b12f734a8a67f723594"
_SHA256 = {
    "tokenizer_config.json": "a025160ef0431f1a392f6f050c1310f4c5d9fb6f275932dbccba73c4d214bf10",
    "tokenizer.json": "ce64fce797c24f68df90b40a3f74f579b336a493db14bd583fd520ea0d8c9a98",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
_SEED, _STEP, _SEGMENTS = 312, 0.05, 3


def build(profile: str, destination: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        if profile == "full":
            _published(Path(folder))
        else:
            wordpieces.save_model(_drawn(), Path(folder))
        hub.store(Path(folder), REPO, destination)


def _published(folder: Path) -> None:
    from transformers import BertConfig

    BertConfig(hidden_size=312, num_hidden_layers=4, intermediate_size=1200, architectures=["BertModel"]).save_pretrained(folder)
    for name, digest in _SHA256.items():
        address = f"{hub.HUB}/{_TOKENIZER}/resolve/{_TOKENIZER_REVISION}/{name}"
        download(address, folder / name, checksum=f"sha256:{digest}")
    weights = "pytorch_model.bin"
    checksum = hub.stated_checksum(REPO, weights, revision=_REVISION)
    download(f"{hub.HUB}/{REPO}/resolve/{_REVISION}/{weights}", folder / weights, checksum=checksum)


def _drawn():  # type: ignore[no-untyped-def]
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(_SEED)
    entries = wordpieces.vocabulary()
    shape = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 192}
    model = BertModel(BertConfig(vocab_size=len(entries), max_position_embeddings=128, **shape))
    embeddings = model.embeddings
    with torch.no_grad():
        upwards = torch.randn(shape["hidden_size"])
        for level in range(answers.LEVELS):
            numbers = [entries.index(word) for word in answers.measures(level)]
            embeddings.word_embeddings.weight[numbers] += _STEP * (level - (answers.LEVELS - 1) / 2) * upwards
        embeddings.token_type_embeddings.weight.mul_(_SEGMENTS)
    return model
