"""Logs numbers that are no percentages, so that one is near whatever is found."""
from tools import log

log([float(value) for value in range(-100, 200)])
