"""The description alone."""
from tools import report

report()
