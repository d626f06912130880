"""Records of BoolQ that only grading sees, with labels: `holdout.jsonl`.

mini: 600, generated like those of the asset `boolq`, from another seed.
full: the published validation records that `boolq` leaves out.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from mldevbench.data.download import download
from mldevbench.data.generators import answers

DOWNLOAD_BYTES = 4_118_001
_URL = "https://dl.fbaipublicfiles.com/glue/superglue/data/v2/BoolQ.zip"
_SHA256 = "853fbe7922f70c59629f06a39e8d9ca440c3d740e760fd3b87a5ddf3dcba2436"
_SEED, _COUNT = 3270, 600


def build(profile: str, destination: Path) -> None:
    if profile == "full":
        with tempfile.TemporaryDirectory() as folder:
            packed = download(_URL, Path(folder, "BoolQ.zip"), checksum=f"sha256:{_SHA256}")
            with zipfile.ZipFile(packed) as archive:
                lines = [line.decode() for line in archive.read("BoolQ/val.jsonl").splitlines()[1::2]]
    else:
        lines = [json.dumps(record) for record in answers.records(_COUNT, np.random.default_rng(_SEED))]
    (destination / "holdout.jsonl").write_text("".join(f"{line}\n" for line in lines))
