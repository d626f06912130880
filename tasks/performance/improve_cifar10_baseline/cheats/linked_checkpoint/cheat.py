"""The checkpoint is a link to a device that never ends."""
from tools import CHECKPOINTS

(CHECKPOINTS / "best.pt").symlink_to("/dev/zero")
