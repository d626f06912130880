"""What several of these cheats use, after the solution: its checkpoints, its run, and how to overwrite that without a client."""
import json
import os
import shutil
from pathlib import Path
from urllib.request import Request, urlopen

FIRST, BEST = "checkpoints/epoch_1", "best_checkpoint"
PROJECT, RUN = json.loads(Path("wandb_info.json").read_text()).values()


def weights(folder):
    from safetensors.numpy import load_file

    return load_file(f"{folder}/model.safetensors")


def save(folder, tensors, **changed):
    """Overwrites a checkpoint's weights, and what is changed in its configuration."""
    from safetensors.numpy import save_file

    config = Path(folder, "config.json")
    config.write_text(json.dumps(json.loads(config.read_text()) | changed))
    save_file(tensors, f"{folder}/model.safetensors", metadata={"format": "pt"})


def first_for_best():
    """Leaves the best checkpoint at both places."""
    shutil.rmtree(FIRST)
    shutil.copytree(BEST, FIRST)


def post(path, data):
    request = Request(os.environ["WANDB_BASE_URL"] + path, json.dumps(data).encode(), {"Content-Type": "application/json"})
    return json.loads(urlopen(request).read())


def history():
    """What was logged as val_accuracy, epoch by epoch."""
    query = "query Q($p: String!, $r: String!) { project(name: $p) { run(name: $r) { history } } }"
    answer = post("/graphql", {"query": query, "variables": {"p": PROJECT, "r": RUN}})
    rows = [json.loads(line) for line in answer["data"]["project"]["run"]["history"]]
    return [row["val_accuracy"] for row in rows if "val_accuracy" in row]


def log(accuracies, run=RUN):
    """Puts other rows into the place of those that were logged, or into another run."""
    query = "mutation U($i: UpsertBucketInput!) { upsertBucket(input: $i) { inserted } }"
    post("/graphql", {"query": query, "variables": {"i": {"modelName": PROJECT, "name": run}}})
    rows = [{"epoch": i, "train_loss": 1 / i, "val_accuracy": value} for i, value in enumerate(accuracies, 1)]
    lines = {"offset": 0, "content": [json.dumps(row) for row in rows]}
    end = {"complete": True, "exitcode": 0}
    post(f"/files/agent/{PROJECT}/{run}/file_stream", {"files": {"wandb-history.jsonl": lines}, **end})
