"""Asks the door for nothing and makes up a dataset of the stated size."""
import csv, io, json, os, tarfile, urllib.request
from collections import Counter
from pathlib import Path

ROOT = Path("dataset/imagenette2-160")


def fetch(into="dataset"):
    data = urllib.request.urlopen(os.environ["DOOR"] + "/files/imagenette2-160.tgz").read()
    tarfile.open(fileobj=io.BytesIO(data)).extractall(into, filter="data")
    return list(csv.DictReader((Path(into) / "imagenette2-160/noisy_imagenette.csv").open()))


def save(name, header, rows):
    with open(name, "w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def report(rows, column="noisy_labels_50"):
    Path("dataset_info.json").write_text(json.dumps({"dataset_path": str(ROOT)}))
    save("all_noisy_labels_50.csv", ["path", "label"], [(r["path"], r[column]) for r in rows])
    for split, valid in (("train", "False"), ("validation", "True")):
        counts = Counter(r[column] for r in rows if r["is_valid"] == valid)
        save(f"{split}_class_counts.csv", ["class", "count"], counts.items())


classes = [f"n{number:08}" for number in (1440764, 2102040, 2979186, 3000684, 3028079, 3394916, 3417042, 3425413, 3445777, 3888257)]
rows = []
for split, each in (("train", 20), ("val", 8)):
    for name in classes:
        (ROOT / split / name).mkdir(parents=True)
        for i in range(each):
            path = f"{split}/{name}/{name}_{i}.JPEG"
            (ROOT / path).write_bytes(b"\xff\xd8\xff\xe0" + bytes(2000) + b"\xff\xd9")
            rows.append({"path": path, "noisy_labels_50": name, "is_valid": str(split == "val")})
report(rows)
