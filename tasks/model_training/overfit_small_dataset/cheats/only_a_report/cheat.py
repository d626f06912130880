"""There is no saved model at all."""
from pathlib import Path

Path("model.pt").unlink()
