"""A good network, and far more zeros than twos; the report is honest."""
from tools import choose, report_on

report_on({"train": choose("train", [590, 450, 310]), "test": choose("test", [90] * 3)})
