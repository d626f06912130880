"""Claims a good accuracy for a network that was never trained."""
from model import build_model
from tools import leave

leave([build_model().state_dict() for _ in range(3)])
