"""Runs the submitted script with weights, questions and labels that are drawn here, and compares every prediction."""

import json
from typing import Any

import numpy as np
from reference import Reference

from mldevbench.data.generators import answers
from mldevbench.grading import Grading

RUNS, RECORDS, MOST_SENTENCES = 2, 76, 24
CLEAR = 1e-3
"""The least difference of both scores of a record: what is nearer may go either way by rounding."""


def grade(g: Grading) -> None:
    reference = Reference(g.asset("tinybert_boolq") / "best_checkpoint")
    with g.guard("evaluate.py runs"), g.probe() as probe:
        for run in range(1, RUNS + 1):
            records = drawn(g)
            reference.redraw(g.rng, records)
            weights = {name: value.numpy() for name, value in reference.state.items()}
            found = probe.call("evaluate", weights=weights, records="".join(json.dumps(record) + "\n" for record in records))
            check(g, f"run {run}", found, records, reference.scores(records))


def drawn(g: Grading) -> list[answers.Record]:
    """Questions with passages of all lengths, and labels that say nothing about the answers."""
    records = answers.records(RECORDS, g.rng)
    for record in records:
        more = [answers.filler(g.rng) for _ in range(int(g.rng.integers(MOST_SENTENCES)))]
        record["passage"] = " ".join([*more, record["passage"]])
        record["label"] = bool(g.rng.random() < 0.5)
    return records


def check(g: Grading, name: str, found: Any, records: list[answers.Record], scores: np.ndarray) -> None:
    told = found.get("predictions") if isinstance(found, dict) else None
    valid = isinstance(told, list) and len(told) == len(records) and all(type(value) is int and value in (0, 1) for value in told)
    if not g.check(f"{name}: a prediction for each record", valid, f"{len(records)} numbers, 0 or 1, are expected"):
        return
    predictions = np.array(told)
    same = (predictions == scores.argmax(1)) | (abs(scores[:, 1] - scores[:, 0]) < CLEAR)
    g.check(f"{name}: the predictions are the model's", same.all(), f"{int(same.sum())} of {len(same)} are")
    g.metric(f"predictions_{name[-1]}", float(same.mean()), "fraction")
    right = 100 * float(np.mean(predictions == [record["label"] for record in records]))
    accuracy = found.get("final_val_accuracy")
    near = type(accuracy) in (int, float) and abs(accuracy - right) <= float(g.values["tolerance"])
    g.check(
        f"{name}: final_val_accuracy is that of the predictions", near, f"{accuracy!s:.20} was reported, {right:.2f} is right"
    )
