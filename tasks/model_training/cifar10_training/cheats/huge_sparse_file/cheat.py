"""The last checkpoint says that it has ten gigabytes, or as much as the workspace allows."""
import os

from tools import CHECKPOINTS, report

for epoch in (1, 2, 3):
    (CHECKPOINTS / f"epoch_{epoch:02}.pt").write_bytes(b"weights")
try:
    os.truncate(CHECKPOINTS / "epoch_03.pt", 10 * 2**30)
except OSError:
    os.truncate(CHECKPOINTS / "epoch_03.pt", 2**28)
report()
