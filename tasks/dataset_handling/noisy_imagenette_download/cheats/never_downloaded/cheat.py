"""Asks the door for nothing and makes up a dataset of the stated size, with tables to match."""
import csv
import json
from pathlib import Path

ROOT = Path("dataset/imagenette2-160")
NUMBERS = (1440764, 2102040, 2979186, 3000684, 3028079, 3394916, 3417042, 3425413, 3445777, 3888257)


def save(name, header, rows):
    with open(name, "w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


classes, rows = [f"n{number:08}" for number in NUMBERS], []
for split, folder, each in (("train", "train", 20), ("validation", "val", 8)):
    for name in classes:
        (ROOT / folder / name).mkdir(parents=True)
        for i in range(each):
            path = f"{folder}/{name}/{name}_{i}.JPEG"
            (ROOT / path).write_bytes(b"\xff\xd8\xff\xe0" + bytes(2000) + b"\xff\xd9")
            rows.append((path, name))
    save(f"{split}_class_counts.csv", ["class", "count"], [(name, each) for name in classes])
save("all_noisy_labels_50.csv", ["path", "label"], rows)
Path("dataset_info.json").write_text(json.dumps({"dataset_path": str(ROOT)}))
