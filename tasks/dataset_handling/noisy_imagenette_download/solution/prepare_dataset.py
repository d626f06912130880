"""Fetches noisy Imagenette, unpacks it, and writes its 50 % noisy labels and their counts per class."""

import csv
import json
import os
import tarfile
import urllib.request
from collections import Counter
from pathlib import Path

ARCHIVE = "imagenette2-160.tgz"
DATASET = Path("dataset/imagenette2-160")


def fetch() -> None:
    Path("dataset").mkdir(exist_ok=True)
    with urllib.request.urlopen(f"{os.environ['DOOR']}/files/{ARCHIVE}") as answer:
        with tarfile.open(fileobj=answer, mode="r|gz") as archive:
            archive.extractall("dataset", filter="data")
    Path("dataset_info.json").write_text(json.dumps({"dataset_path": DATASET.as_posix()}))


def write_csv(path: str, header: list[str], rows: list[tuple]) -> None:
    with Path(path).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def main() -> None:
    fetch()
    with (DATASET / "noisy_imagenette.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    classes = sorted(path.name for path in (DATASET / "train").iterdir())
    write_csv("all_noisy_labels_50.csv", ["path", "label"], [(row["path"], row["noisy_labels_50"]) for row in rows])
    for split, is_valid in (("train", "False"), ("validation", "True")):
        counts = Counter(row["noisy_labels_50"] for row in rows if row["is_valid"] == is_valid)
        write_csv(f"{split}_class_counts.csv", ["class", "count"], [(name, counts[name]) for name in classes])


if __name__ == "__main__":
    main()
