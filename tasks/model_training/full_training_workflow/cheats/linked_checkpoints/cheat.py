"""The later checkpoints are links to the first."""
from pathlib import Path

from tools import fresh, jittered, report, save

save(1, jittered(fresh()))
for epoch in range(2, 5):
    Path(f"checkpoints/epoch_{epoch}.pt").symlink_to("epoch_1.pt")
report()
