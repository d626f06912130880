"""The report alone: what the original let pass."""
from tools import report

report()
