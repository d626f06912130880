"""The last checkpoint under all four names; the report is honest."""
from tools import HISTORY, PATHS, report, save, state

save(dict.fromkeys(PATHS, state(4)))
report(HISTORY[-1:] * 4)
