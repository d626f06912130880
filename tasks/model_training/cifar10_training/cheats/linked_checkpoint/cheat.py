"""The checkpoint is a link to a device that never ends."""
from pathlib import Path

Path("checkpoints/epoch_03.pt").unlink()
Path("checkpoints/epoch_03.pt").symlink_to("/dev/zero")
