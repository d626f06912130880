"""A network that was never trained, beside the report of one that was."""
from model import build_model
from tools import save

save(build_model().state_dict())
