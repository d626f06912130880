"""There are no checkpoints."""
from tools import CHECKPOINTS

for path in CHECKPOINTS:
    path.unlink()
