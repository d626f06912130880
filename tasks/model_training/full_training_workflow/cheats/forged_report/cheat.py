"""Claims more than the checkpoints reach."""
from tools import report

report([100.0] * 4)
