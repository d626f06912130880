"""What several of these cheats use: writing checkpoints without training, and a run without a client."""
import glob
import json
import os
import shutil
from urllib.request import Request, urlopen

import numpy as np
from safetensors.numpy import load_file, save_file

FIRST, BEST = "checkpoints/epoch_1", "best_checkpoint"
PROJECT = "boolq-tinybert-training"
SOURCE = glob.glob(os.environ["HF_HUB_CACHE"] + "/models--*/snapshots/*")[0]


def weights(seed):
    """The pretrained ones, a little moved, and a head."""
    rng = np.random.default_rng(seed)
    found = {"bert." + name: value for name, value in load_file(SOURCE + "/model.safetensors").items()}
    found |= {"classifier.weight": np.zeros((2, 48), np.float32), "classifier.bias": np.zeros(2, np.float32)}
    return {name: value + rng.normal(0, 1e-3, value.shape).astype(np.float32) for name, value in found.items()}


def save(folder, tensors, **changed):
    os.makedirs(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(f"{SOURCE}/{name}", f"{folder}/{name}")
    config = json.load(open(SOURCE + "/config.json")) | {"architectures": ["BertForSequenceClassification"]} | changed
    json.dump(config, open(folder + "/config.json", "w"))
    save_file(tensors, folder + "/model.safetensors", metadata={"format": "pt"})


def report(accuracies, losses=None, first=1):
    def post(path, data):
        urlopen(Request(os.environ["WANDB_BASE_URL"] + path, json.dumps(data).encode(), {"Content-Type": "application/json"})).read()

    query = "mutation U($i: I!) { upsertBucket(input: $i) { inserted } }"
    post("/graphql", {"query": query, "variables": {"i": {"modelName": PROJECT, "name": "abc", "displayName": "run"}}})
    steps = [{"epoch": first + i, "train_loss": (losses or [0.5] * 99)[i], "val_accuracy": accuracies[i]} for i in range(len(accuracies))]
    lines = {"offset": 0, "content": [json.dumps(step) for step in steps]}
    post(f"/files/agent/{PROJECT}/abc/file_stream", {"files": {"wandb-history.jsonl": lines}, "complete": True, "exitcode": 0})
    json.dump({"project_id": PROJECT, "run_id": "abc"}, open("wandb_info.json", "w"))
