"""See model.py."""
from model import build_model
from tools import save

save(build_model().state_dict())
