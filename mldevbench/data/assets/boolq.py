"""BoolQ as SuperGLUE publishes it: `BoolQ.zip` with `BoolQ/train.jsonl`, `val.jsonl` and `test.jsonl`.

Each line is an object with `question`, `passage`, `idx` and, but for the test split, `label` (true: yes).

mini: 1,500 training, 400 validation and 100 test records, generated.
full: the published archive with every other validation record; the rest is what `boolq_holdout` holds.
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
_SEED, _COUNTS = 9427, {"train": 1500, "val": 400, "test": 100}


def build(profile: str, destination: Path) -> None:
    splits = _published() if profile == "full" else _generated()
    with zipfile.ZipFile(destination / "BoolQ.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for split, lines in splits.items():
            entry = zipfile.ZipInfo(f"BoolQ/{split}.jsonl")  # of a fixed time, so that every build has the same bytes
            archive.writestr(entry, "".join(f"{line}\n" for line in lines), zipfile.ZIP_DEFLATED)


def _generated() -> dict[str, list[str]]:
    rng = np.random.default_rng(_SEED)
    splits = {split: answers.records(count, rng) for split, count in _COUNTS.items()}
    unlabelled = [{key: record[key] for key in ("question", "passage", "idx")} for record in splits["test"]]
    return {split: [json.dumps(record) for record in records] for split, records in (splits | {"test": unlabelled}).items()}


def _published() -> dict[str, list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        packed = download(_URL, Path(folder, "BoolQ.zip"), checksum=f"sha256:{_SHA256}")
        with zipfile.ZipFile(packed) as archive:
            read = {split: archive.read(f"BoolQ/{split}.jsonl") for split in _COUNTS}
    splits = {split: [line.decode() for line in data.splitlines()] for split, data in read.items()}
    return {**splits, "val": splits["val"][::2]}
