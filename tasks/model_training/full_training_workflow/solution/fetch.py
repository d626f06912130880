"""Fetches noisy Imagenette, unpacks it into dataset/, and writes down its 50 % noisy labels."""

import csv
import os
import tarfile
import urllib.request
from pathlib import Path

ARCHIVE = "noisy-imagenette-160.tgz"


def main() -> None:
    Path("dataset").mkdir(exist_ok=True)
    with urllib.request.urlopen(f"{os.environ['DOOR']}/files/{ARCHIVE}") as answer:
        with tarfile.open(fileobj=answer, mode="r|gz") as archive:
            archive.extractall("dataset", filter="data")
    with Path("dataset/noisy-imagenette-160/noisy_imagenette.csv").open(newline="") as file:
        rows = [(row["path"], row["noisy_labels_50"]) for row in csv.DictReader(file)]
    with Path("noisy_labels_50.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("path", "label"), *rows])


if __name__ == "__main__":
    main()
