"""Evaluates both checkpoints on the validation questions and on held-back ones, and holds what was logged against that."""

import json
import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from mldevbench.grading import Grading, Probe, SubmissionError, expect_array

FIRST, BEST = "checkpoints/epoch_1", "best_checkpoint"
SHAPE = ("model_type", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size")
MIB = 2**20

Records = list[dict[str, Any]]


def grade(g: Grading) -> None:
    accuracies: dict[str, float] = {}
    encoders: dict[str, np.ndarray] = {}
    with g.guard("the checkpoints are evaluated"), g.probe() as probe:
        for folder in (FIRST, BEST):
            with g.guard(f"{folder} is evaluated"):
                if fits(g, folder):
                    accuracies[folder], encoders[folder] = evaluate(g, probe, folder)
    with g.guard("the run can be looked at"):
        check_run(g, history(g), accuracies)
        if encoders.keys() == {FIRST, BEST}:
            g.check("the checkpoints differ", not np.array_equal(*encoders.values()))
            told = f"{accuracies[FIRST]:.2f} % of the validation questions after epoch 1, {accuracies[BEST]:.2f} % at best"
            g.check("training went on after epoch 1", accuracies[BEST] >= accuracies[FIRST] + float(g.values["gain"]), told)


def fits(g: Grading, folder: str) -> bool:
    """Whether the folder is small enough and of the right architecture."""
    size, most = sum(g.files.size(name) for name in g.files.list(folder)), int(g.values["checkpoint_mib"]) * MIB
    small = g.check(f"{folder} has at most {most // MIB} MiB", 0 < size <= most, f"it has {size} bytes")
    config, expected = g.files.read_json(f"{folder}/config.json"), json.loads(pretrained(g).read_text())
    found = config if isinstance(config, dict) else {}
    odd = [f"{key} {found.get(key)!s:.20}, not {expected[key]}" for key in SHAPE if found.get(key) != expected[key]]
    return g.check(f"{folder} is of the pretrained architecture", not odd, ", ".join(odd)) and small


def pretrained(g: Grading) -> Path:
    (path,) = g.asset("tinybert_general").glob("models--*/snapshots/*/config.json")
    return path


def evaluate(g: Grading, probe: Probe, folder: str) -> tuple[float, np.ndarray]:
    """The accuracy on the validation questions in percent, and the encoder's weights."""
    sets = {"val": validation(g), "holdout": holdout(g)} if folder == BEST else {"val": validation(g)}
    right, encoder = answers(g, probe, folder, [record for part in sets.values() for record in part])
    parts = np.split(right, np.cumsum([len(part) for part in sets.values()])[:-1])
    found = {name: 100 * float(part.mean()) for name, part in zip(sets, parts, strict=True)}
    if folder == BEST:
        check_accuracies(g, **found)
    return found["val"], encoder


def answers(g: Grading, probe: Probe, folder: str, records: Records) -> tuple[np.ndarray, np.ndarray]:
    """Whether each record is answered rightly. They go to the probe without labels, in an order that only we know."""
    order = g.rng.permutation(len(records))
    texts = {f"{key}s": [records[number][key] for number in order] for key in ("question", "passage")}
    found = probe.call("predict", folder=folder, length=int(g.values["length"]), timeout_s=600, **texts)
    if not isinstance(found, dict):
        raise SubmissionError("the probe gave no record")
    kind = found.get("kind")
    g.check(f"{folder} is a classifier on BERT", kind == "BertForSequenceClassification", f"{kind!s:.40}")
    predicted = np.empty(len(records), np.int64)
    predicted[order] = expect_array(found.get("scores"), (len(records), 2)).argmax(axis=1)
    return predicted == [int(record["label"]) for record in records], expect_array(found.get("encoder"), (None,))


def check_accuracies(g: Grading, val: float, holdout: float) -> None:
    g.metric("val_accuracy", val / 100, "fraction")
    g.metric("holdout_accuracy", holdout / 100, "fraction")
    least, gap = float(g.values["accuracy"]), float(g.values["gap"])
    g.check("accuracy on held-back questions", holdout >= least, f"{holdout:.2f} %, at least {least:g} %")
    told = f"{val:.2f} % on validation questions, {holdout:.2f} % on held-back ones"
    g.check("the validation questions were not trained on", val <= holdout + gap, told)


def validation(g: Grading) -> Records:
    with zipfile.ZipFile(g.asset("boolq") / "BoolQ.zip") as archive:
        return [json.loads(line) for line in archive.read("BoolQ/val.jsonl").splitlines()]


def holdout(g: Grading) -> Records:
    return [json.loads(line) for line in (g.asset("boolq_holdout") / "holdout.jsonl").read_bytes().splitlines()]


def history(g: Grading) -> Records:
    """What the one run of the project has logged of its epochs."""
    info = g.files.read_json("wandb_info.json")
    told = info if isinstance(info, dict) else {}
    project = g.values["project"]
    g.check("wandb_info.json: project_id", told.get("project_id") == project, f"{told.get('project_id')!s:.40}")
    runs = [run for run in g.service("wandb")["runs"] if run["project"] == project]
    if not g.check("one run was logged to the project", len(runs) == 1, f"{len(runs)} runs in {project}"):
        raise SubmissionError("there is no run to look at")
    g.check("wandb_info.json: run_id", told.get("run_id") == runs[0]["id"], f"{told.get('run_id')!s:.40}")
    g.check("the run is finished", runs[0]["state"] == "finished", runs[0]["state"])
    return [row for row in runs[0]["history"] if "val_accuracy" in row or "train_loss" in row]


def check_run(g: Grading, rows: Records, accuracies: dict[str, float]) -> None:
    epochs, most = [row.get("epoch") for row in rows], int(g.values["epochs"])
    counted = 2 <= len(rows) <= most and epochs == list(range(1, len(rows) + 1))
    g.check(f"one step for each of 2 to {most} epochs", counted, f"epochs {epochs!s:.60}")
    g.check("train_loss in each step", all(number(row.get("train_loss")) is not None for row in rows))
    logged = [number(row.get("val_accuracy")) for row in rows]
    percentages = [value for value in logged if value is not None and 0 <= value <= 100]
    if g.check("val_accuracy in each step", 0 < len(rows) == len(percentages), f"{len(percentages)} percentages"):
        for folder, told in ((FIRST, percentages[0]), (BEST, max(percentages))):
            actual = accuracies.get(folder, math.nan)
            near = abs(told - actual) <= float(g.values["tolerance"])
            g.check(f"the logged val_accuracy is that of {folder}", near, f"{told:.2f} was logged, {actual:.2f} was found")


def number(value: Any) -> float | None:
    return float(value) if type(value) in (int, float) and math.isfinite(value) else None
