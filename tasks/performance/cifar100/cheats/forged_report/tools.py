"""What several of these cheats use: writing a checkpoint, and a run that W&B takes for one of its client's."""
import json
import os
from pathlib import Path
from urllib.request import Request, urlopen

import torch

PROJECT = "cifar100-training"
torch.manual_seed(0)
CHECKPOINTS = Path("checkpoints")
CHECKPOINTS.mkdir(exist_ok=True)


def save(state):
    torch.save({"model_state_dict": state}, CHECKPOINTS / "best.pt")


def post(path, data):
    request = Request(os.environ["WANDB_BASE_URL"] + path, json.dumps(data).encode(), {"Content-Type": "application/json"})
    urlopen(request).read()


def log(accuracies=(50.0, 75.0, 90.0), project=PROJECT, finished=True):
    query = "mutation M($input: UpsertBucketInput!) { upsertBucket(input: $input) { inserted } }"
    post("/graphql", {"query": query, "variables": {"input": {"modelName": project, "name": "made-up"}}})
    rows = [{"epoch": i, "train_loss": 1 / i, "val_acc": accuracy} for i, accuracy in enumerate(accuracies, start=1)]
    history = {"wandb-history.jsonl": {"offset": 0, "content": [json.dumps(row) for row in rows]}}
    end = {"complete": True, "exitcode": 0} if finished else {}
    post(f"/files/agent/{project}/made-up/file_stream", {"files": history, **end})


def tell(project=PROJECT, run="made-up"):
    Path("wandb_info.json").write_text(json.dumps({"project_id": project, "run_id": run}))
