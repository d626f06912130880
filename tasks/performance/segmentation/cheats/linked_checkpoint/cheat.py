"""The checkpoint is a link to a device that never ends."""
from pathlib import Path

from tools import report

Path("model.pt").symlink_to("/dev/zero")
report()
