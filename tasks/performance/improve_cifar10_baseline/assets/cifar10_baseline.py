"""`baseline.pt`: what `train.py` of the workspace leaves when it stops at the first epoch whose test accuracy reaches a goal.

mini: 60 %, which it passes early, with much left to learn.
full: 84.69 %, the accuracy of the paper's baseline. It is trained here, on a GPU if there is one: its weights depend on the
machine, its accuracy hardly. Grading evaluates whichever checkpoint was handed out.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from mldevbench.data.assets import cifar10

DOWNLOAD_BYTES = 170_498_071
_GOAL = {"mini": 60.0, "full": 84.69}
_WIDTH = {"mini": 12, "full": 48}
_OPTIONS = {"mini": [], "full": ["--augment", "--epochs", "200"]}
_EDITION = 2  # to be raised when the workspace's files change, so that the checkpoint is made again


def build(profile: str, destination: Path) -> None:
    script = Path(__file__).parents[1] / "workspace" / "train.py"
    with tempfile.TemporaryDirectory() as folder:
        cifar10.build(profile, Path(folder))
        threads = "1" if profile == "mini" else str(os.cpu_count())
        variables = {"ASSET_CIFAR10": folder, "WIDTH": str(_WIDTH[profile]), "OMP_NUM_THREADS": threads}
        options = ["--until", str(_GOAL[profile]), "--output", str(destination / "baseline.pt"), *_OPTIONS[profile]]
        subprocess.run([sys.executable, str(script), *options], check=True, env={**os.environ, **variables})
