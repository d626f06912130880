"""There is no checkpoint."""
from tools import CHECKPOINT

CHECKPOINT.unlink()
