"""The four rows that the original looked at, and no others."""
from tools import COLUMN, LABELS, ROWS, save

save(LABELS, ["path", "label"], [(row["path"], row[COLUMN]) for row in ROWS[::70]])
