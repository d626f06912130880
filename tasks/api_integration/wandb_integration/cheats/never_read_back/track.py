"""Logs the run, and writes down what was sent instead of what the server has."""
import json
import time
from datetime import datetime, timezone
from pathlib import Path

import wandb

step = {"training_loss": 0.5, "validation_loss": 0.4, "epoch": 0}
with wandb.init(project="ml_workflow_test_wandb", name=f"test-run-{int(time.time())}", tags=["test", "evaluation"]) as run:
    run.log(step)
created = datetime.fromtimestamp(run.start_time, timezone.utc).isoformat()
Path("wandb_info.json").write_text(json.dumps({"run_id": run.id, "created_at": created}))
Path("wandb_metrics.json").write_text(json.dumps(step))
