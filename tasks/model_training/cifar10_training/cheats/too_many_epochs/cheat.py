"""Went on for more epochs than were allowed."""
from tools import CHECKPOINTS, report

for epoch in range(1, 61):
    (CHECKPOINTS / f"epoch_{epoch:02}.pt").write_bytes(b"weights")
report([90] * 60)
