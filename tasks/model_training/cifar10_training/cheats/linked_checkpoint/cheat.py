"""The last checkpoint is a link to a device that never ends."""
from tools import CHECKPOINTS, report

for epoch in (1, 2):
    (CHECKPOINTS / f"epoch_{epoch:02}.pt").write_bytes(b"weights")
(CHECKPOINTS / "epoch_03.pt").symlink_to("/dev/zero")
report()
