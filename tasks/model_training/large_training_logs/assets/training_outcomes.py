"""`outcomes.json`: what the logs of the asset `training_logs` tell, run by run, as they were drawn; for grading only."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from mldevbench.data.generators import training_logs


def build(profile: str, destination: Path) -> None:
    outcomes = {name: asdict(outcome) for name, _, outcome in training_logs.draw_all(profile)}
    (destination / "outcomes.json").write_text(json.dumps(outcomes))
