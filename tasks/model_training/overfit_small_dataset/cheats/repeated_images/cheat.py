"""Names ten images of each digit, each of them fifty times; the report is honest."""
from tools import choose, report_on

report_on({"train": choose("train", [10] * 3) * 50, "test": choose("test", [10] * 3) * 9})
