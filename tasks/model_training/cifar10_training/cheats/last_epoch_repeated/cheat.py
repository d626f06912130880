"""Keeps only the weights of the last epoch, under the names of all."""
from tools import CHECKPOINTS, save, state

save(state(CHECKPOINTS[-1]))
