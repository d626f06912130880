"""The run is in a project of its own."""
from tools import log, save, tell

from model import build_model

save(build_model().state_dict())
log((1.0, 1.0), project="mine")
tell()
