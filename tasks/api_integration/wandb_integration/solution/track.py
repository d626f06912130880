"""Logs one run, reads it back from the server, and writes down what the server has."""

import json
import time
from pathlib import Path

import wandb

PROJECT = "ml_workflow_test_wandb"
STEP = {"training_loss": 0.5, "validation_loss": 0.4, "epoch": 0}


def log() -> str:
    """The path of a new, finished run."""
    with wandb.init(project=PROJECT, name=f"test-run-{int(time.time())}", tags=["test", "evaluation"]) as run:
        run.log(STEP)
        return run.path


def main() -> None:
    path = log()
    found = wandb.Api().run(path)
    (row,) = found.scan_history()
    Path("wandb_info.json").write_text(json.dumps({"run_id": found.id, "created_at": found.created_at}))
    Path("wandb_metrics.json").write_text(json.dumps({name: row[name] for name in STEP}))


if __name__ == "__main__":
    main()
