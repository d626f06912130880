"""Reports fractions, where percentages were asked for: between the two the original's threshold did not tell."""
from tools import HISTORY, report

report([value / 100 for value in HISTORY])
