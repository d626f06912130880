"""Logs a better training than there was."""
from tools import log

log([50.0, 75.0, 97.5])
