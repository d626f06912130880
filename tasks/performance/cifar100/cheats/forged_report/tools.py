"""What several of these cheats use, after the solution: its network's weights, its code, and runs that W&B takes for its client's."""
import json
import os
from pathlib import Path
from urllib.request import Request, urlopen

PROJECT = "cifar100-training"
CHECKPOINT = Path("checkpoints/best.pt")


def state():
    import torch

    return torch.load(CHECKPOINT, weights_only=True)["model_state_dict"]


def save(state):
    import torch

    torch.save({"model_state_dict": state}, CHECKPOINT)


def accuracy(network):
    """On the test images, in percent."""
    import torch
    import train

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    return train.accuracy(network, *train.read("test"))


def post(path, data):
    request = Request(os.environ["WANDB_BASE_URL"] + path, json.dumps(data).encode(), {"Content-Type": "application/json"})
    return json.loads(urlopen(request).read())


def log(accuracies, project=PROJECT, finished=True):
    """A run of its own, and a wandb_info.json that names it, in the project that was asked for."""
    query = "mutation M($input: UpsertBucketInput!) { upsertBucket(input: $input) { inserted } }"
    post("/graphql", {"query": query, "variables": {"input": {"modelName": project, "name": "made-up"}}})
    rows = [{"epoch": i, "train_loss": 1 / i, "val_acc": accuracy} for i, accuracy in enumerate(accuracies, start=1)]
    history = {"wandb-history.jsonl": {"offset": 0, "content": [json.dumps(row) for row in rows]}}
    end = {"complete": True, "exitcode": 0} if finished else {}
    post(f"/files/agent/{project}/made-up/file_stream", {"files": history, **end})
    tell("made-up")


def tell(run):
    Path("wandb_info.json").write_text(json.dumps({"project_id": PROJECT, "run_id": run}))


def add_code(text):
    path = Path("model.py")
    path.write_text(path.read_text() + text)
