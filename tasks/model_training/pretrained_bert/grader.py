"""Compares every tensor of the saved model with the pretrained one, its tokenizer on texts drawn here, and the report."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from mldevbench.grading import Grading, Probe

SIZES = ("hidden_size", "num_attention_heads", "num_hidden_layers", "vocab_size")
NAMES = ("bert-base-uncased", "google-bert/bert-base-uncased")
FOREIGN = ("Été", "naïve", "語", "Ωmega", "100%", "don't", "3.14", "e-mail", "\t", "[MASK]", "☃")
MIB = 2**20
DRAWN = 40

Arrays = dict[str, np.ndarray]


def grade(g: Grading) -> None:
    (source,) = g.asset("bert_base_uncased").glob("models--google-bert--bert-base-uncased/snapshots/*")
    files = g.files.list("model/**")
    with g.guard("model_info.json can be read"):
        check_report(g, g.files.read_json("model_info.json"), json.loads((source / "config.json").read_text()), files)
    with g.guard("model/ can be read"):
        if small_enough(g, files):
            with g.probe(max_bytes=1024 * MIB) as probe:
                with g.guard("the saved model can be loaded"):
                    check_model(g, probe, source)
                with g.guard("the saved tokenizer can be loaded"):
                    check_tokenizer(g, probe, source)


def check_report(g: Grading, report: Any, config: dict[str, Any], files: list[str]) -> None:
    if not g.check("model_info.json holds an object", isinstance(report, dict)):
        return
    g.check("model_name", report.get("model_name") in NAMES, repr(report.get("model_name")))
    g.check("model_path", report.get("model_path") == "model", repr(report.get("model_path")))
    told = report.get("files")
    listed = isinstance(told, list) and all(isinstance(name, str) for name in told) and sorted(told) == files
    g.check("files lists what is in model/", listed and bool(files), f"{told!r}, not {files}")
    for key in SIZES:
        value = report.get(key)
        g.check(key, type(value) is int and value == config[key], f"{value!r}, not {config[key]}")


def small_enough(g: Grading, files: list[str]) -> bool:
    size, most = sum(g.files.size(name) for name in files), int(g.values["model_mib"]) * MIB
    return g.check(f"model/ is not empty, and has at most {most // MIB} MiB", 0 < size <= most, f"it has {size} bytes")


def check_model(g: Grading, probe: Probe, source: Path) -> None:
    expected = encoder(source)
    found = probe.call("tensors", timeout_s=240)
    found = found if isinstance(found, dict) else {}
    odd = sorted(found.keys() ^ expected.keys())
    g.check("the saved tensors have the names of the encoder's", not odd, f"missing or in excess: {', '.join(odd[:5])}")
    wrong = {name: difference(found[name], value) for name, value in expected.items() if name in found}
    told = [f"{name}: {what}" for name, what in wrong.items() if what]
    g.metric("tensors_right", (len(wrong) - len(told)) / len(expected), "fraction")
    g.check("every saved tensor is the pretrained one", not told, f"{len(told)} are not: {'; '.join(told[:5])}")


def encoder(source: Path) -> Arrays:
    """The published tensors by the names that transformers gives them, without the heads."""
    tensors = load_file(source / "model.safetensors")
    names = {name: name.removeprefix("bert.").replace("LayerNorm.gamma", "LayerNorm.weight") for name in tensors}
    return {
        new.replace("LayerNorm.beta", "LayerNorm.bias"): tensors[old] for old, new in names.items() if old.startswith("bert.")
    }


def difference(found: Any, value: np.ndarray) -> str:
    """What sets them apart; empty when nothing does."""
    if not isinstance(found, np.ndarray):
        return "no array"
    if found.shape != value.shape or found.dtype != value.dtype:
        return f"{found.dtype} of shape {found.shape}, not {value.dtype} of shape {value.shape}"
    return "" if np.array_equal(found, value) else "other values"


def check_tokenizer(g: Grading, probe: Probe, source: Path) -> None:
    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    texts = [text(g, tokenizer) for _ in range(DRAWN)]
    pairs = [[text(g, tokenizer), text(g, tokenizer)] for _ in range(DRAWN)]
    found = probe.call("tokens", texts=texts, pairs=pairs, timeout_s=120)
    found = found if isinstance(found, dict) else {}
    encoded = [tokenizer.encode(one) for one in texts] + [tokenizer.encode(*pair) for pair in pairs]
    for key, expected in (("input_ids", [one.ids for one in encoded]), ("token_type_ids", [one.type_ids for one in encoded])):
        told = found.get(key)
        same = [a == b for a, b in zip(told, expected, strict=False)] if isinstance(told, list) else []
        g.check(f"{key} of {len(encoded)} texts", told == expected, f"{same.count(True)} are right")
    longest = json.loads((source / "tokenizer_config.json").read_text())["model_max_length"]
    g.check("model_max_length", found.get("model_max_length") == longest, f"{found.get('model_max_length')!s:.20}, not {longest}")


def text(g: Grading, tokenizer: Tokenizer) -> str:
    """Entries of the vocabulary, run together or apart, in any case, and things that are not in it."""
    parts = []
    for number in g.rng.integers(104, tokenizer.get_vocab_size(), int(g.rng.integers(3, 12))):
        word = str(tokenizer.id_to_token(int(number))).removeprefix("##")
        word = word.upper() if g.rng.random() < 0.2 else word.title() if g.rng.random() < 0.2 else word
        parts.append(str(g.rng.choice(FOREIGN)) if g.rng.random() < 0.1 else word)
    return "".join(part + (" " if g.rng.random() < 0.8 else "") for part in parts)
