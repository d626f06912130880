"""Reading questions of BoolQ, and going through them in batches."""

import json
from collections.abc import Iterator
from pathlib import Path


def read_records(path: str) -> list[dict]:
    """The records of a .jsonl file, in its order: question, passage, label (true: yes) and idx."""
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


def batches(records: list[dict], size: int) -> Iterator[tuple[list[str], list[str], list[int]]]:
    """Questions, passages and labels (1: yes) of `size` records at a time; the last batch may be smaller."""
    for start in range(0, len(records), size):
        part = records[start : start + size]
        yield [r["question"] for r in part], [r["passage"] for r in part], [int(r["label"]) for r in part]
