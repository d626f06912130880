"""The folders that trials work in: one an attempt, gone with it; those of processes that were killed are removed later."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import psutil

from mldevbench.paths import folder
from mldevbench.removal import remove_tree


@asynccontextmanager
async def trial_folder(key: str) -> AsyncIterator[Path]:
    """A fresh folder for one attempt, gone afterwards. Its name says which process it belongs to."""
    place = folder("trials") / f"{key}-{os.getpid()}-{time.monotonic_ns():x}"
    place.mkdir(mode=0o711)  # the sandbox's own user passes through to its workspace
    try:
        yield place
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(remove_tree, place)


def remove_leftovers() -> None:
    """Removes the folders of processes that are gone. Safe beside running trials, of this process and of others."""
    for place in folder("trials").iterdir():
        parts = place.name.split("-")
        if len(parts) == 3 and parts[1].isdecimal() and not psutil.pid_exists(int(parts[1])):
            remove_tree(place)
