"""There is no network."""
from tools import report

report()
