"""There is no checkpoint."""
from tools import PATHS

for path in PATHS.values():
    path.unlink()
