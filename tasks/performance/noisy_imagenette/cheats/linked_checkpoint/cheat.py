"""The checkpoint is a link to a device that never ends."""
from pathlib import Path

Path("checkpoints/best.pt").unlink()
Path("checkpoints/best.pt").symlink_to("/dev/zero")
