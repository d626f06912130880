"""Runs the submitted script on a checkpoint and questions that come from the grader, and hands back what it wrote."""

import json
import os
import runpy
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file


def evaluate(weights: dict[str, np.ndarray], records: str) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp())
    shutil.copytree(os.environ["CHECKPOINT"], folder / "checkpoint", copy_function=shutil.copyfile)
    (folder / "checkpoint").chmod(0o755)
    (folder / "checkpoint" / "pytorch_model.bin").unlink()
    save_file(weights, folder / "checkpoint" / "model.safetensors", metadata={"format": "pt"})
    (folder / "data.jsonl").write_text(records)
    options = {"checkpoint": folder / "checkpoint", "data": folder / "data.jsonl", "output": folder / "output.json"}
    sys.argv = ["evaluate.py", *(word for name, path in options.items() for word in (f"--{name}", str(path)))]
    runpy.run_path("evaluate.py", run_name="__main__")
    found = json.loads((folder / "output.json").read_text())
    return {name: found[name] for name in ("final_val_accuracy", "predictions")}
