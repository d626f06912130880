"""The logs of some trainings, `run_1.log`, `run_2.log`, ...: each of more than 1 MB in mini, three times as large in full."""

from __future__ import annotations

from pathlib import Path

from mldevbench.data.generators import training_logs


def build(profile: str, destination: Path) -> None:
    for name, log, _ in training_logs.draw_all(profile):
        (destination / f"{name}.log").write_text(log)
