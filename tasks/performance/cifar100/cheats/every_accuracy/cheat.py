"""Logs numbers that are no percentages, so that one is near whatever is found."""
from tools import log, save, tell

from model import build_model

save(build_model().state_dict())
log([float(value) for value in range(-100, 200)])
tell()
