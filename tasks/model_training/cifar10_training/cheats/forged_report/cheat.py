"""Claims more than the network reaches."""
from tools import HISTORY, report

report([*HISTORY[:-1], 97.5])
