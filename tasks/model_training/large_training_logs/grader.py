"""Compares what the submission says of each run with what was drawn when its log was made."""

import json
from typing import Any

from mldevbench.grading import Grading

TOLERANCE = 1e-6


def grade(g: Grading) -> None:
    outcomes = json.loads((g.asset("training_outcomes") / "outcomes.json").read_text())
    with g.guard("training_analysis.json"):
        told = g.files.read_json("training/training_analysis.json")
        entries = told if isinstance(told, dict) else {}
        g.check("an entry for each run", entries.keys() == outcomes.keys(), ", ".join(entries)[:200])
        for run, outcome in outcomes.items():
            check_run(g, run, as_object(entries.get(run)), outcome)


def check_run(g: Grading, run: str, entry: dict[str, Any], outcome: dict[str, Any]) -> None:
    status, error = ("success" if outcome["error"] is None else "failed"), entry.get("error_message", "")
    g.check(f"{run}: status", entry.get("status") == status, f"{entry.get('status')!s:.40}, not {status}")
    metrics = as_object(entry.get("final_metrics"))
    for name in ("accuracy", "loss"):
        found, expected = metrics.get(name), outcome[name]
        close = type(found) in (int, float) and abs(found - expected) <= TOLERANCE
        g.check(f"{run}: {name}", close, f"{found!s:.40}, not {expected} of epoch {outcome['last_epoch']}")
    line = error.strip() if isinstance(error, str) else error
    g.check(f"{run}: error", line == outcome["error"], f"{line!s:.100}")


def as_object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
