"""Logs a good training for a network that was never trained."""
from tools import log, save, tell

from model import build_model

save(build_model().state_dict())
log()
tell()
