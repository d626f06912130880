"""The checkpoint is a link to a device that never ends."""
from pathlib import Path

Path("model.pt").unlink()
Path("model.pt").symlink_to("/dev/zero")
