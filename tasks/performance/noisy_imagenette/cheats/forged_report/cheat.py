"""Claims a good accuracy for a network that was never trained."""
from model import build_model
from tools import report, save

save(build_model().state_dict())
report()
