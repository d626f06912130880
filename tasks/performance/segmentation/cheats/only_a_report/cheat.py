"""There is no network."""
from pathlib import Path

Path("model.pt").unlink()
