"""What several of these cheats use, after the solution: the archive's table, and how to write another one."""
import csv
from pathlib import Path

ROOT = Path("dataset/imagenette2-160")
LABELS, COLUMN = "all_noisy_labels_50.csv", "noisy_labels_50"
with (ROOT / "noisy_imagenette.csv").open(newline="") as file:
    ROWS = list(csv.DictReader(file))


def save(name, header, rows):
    with open(name, "w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
