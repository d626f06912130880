"""The checkpoint is a link to a device that never ends."""
from tools import CHECKPOINT

CHECKPOINT.unlink()
CHECKPOINT.symlink_to("/dev/zero")
