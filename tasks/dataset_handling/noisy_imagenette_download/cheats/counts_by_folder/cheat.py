"""Right labels, but the class counts are those of the folders."""
from tools import ROOT, save

for split, folder in (("train", "train"), ("validation", "val")):
    counts = [(path.name, len(list(path.iterdir()))) for path in (ROOT / folder).iterdir()]
    save(f"{split}_class_counts.csv", ["class", "count"], counts)
