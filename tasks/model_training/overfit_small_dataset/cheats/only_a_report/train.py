"""Writes the report and nothing else."""
from tools import INDICES, report

report(INDICES)
