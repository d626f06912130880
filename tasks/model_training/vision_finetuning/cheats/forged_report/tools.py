"""What most of these cheats use, after the solution: the models that it saved, and its report."""
import json
import os
from pathlib import Path

from safetensors.numpy import load_file, save_file

NAME = "facebook/dinov2-small"
SOURCE = next(Path(os.environ["HF_HUB_CACHE"], f"models--{NAME.replace('/', '--')}", "snapshots").iterdir())
FOLDERS = ("initial", "model")
REPORT = Path("model_info.json")


def state(folder):
    return load_file(f"{folder}/model.safetensors")


def save(folder, tensors):
    save_file(tensors, f"{folder}/model.safetensors")


def report(part, **changes):
    info = json.loads(REPORT.read_text())
    info[part] |= changes
    REPORT.write_text(json.dumps(info))


def untrain():
    """Leaves the model as it was before training, and says so."""
    save("model", state("initial"))
    report("training", final_loss=json.loads(REPORT.read_text())["training"]["initial_loss"])
