"""Helpers of the sandbox tests."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import anyio

from mldevbench.sandbox.session import Session

PYTHON = Path(os.environ.get("MLDEVBENCH_TASK_PYTHON", sys.executable))
WEAK = "uid+landlock" if os.getuid() == 0 else "landlock"
"""The tier without namespaces that this user can have."""
CONFINED = ["bwrap", "bwrap-noproc", WEAK]
Open = Callable[..., AbstractAsyncContextManager[Session]]


def processes_with(word: str) -> list[int]:
    """Processes of this machine, of any namespace, whose command line contains `word`."""
    found = []
    for path in Path("/proc").iterdir():
        if path.name.isdecimal():
            try:
                line = (path / "cmdline").read_bytes()
            except OSError:
                continue
            if word.encode() in line:
                found.append(int(path.name))
    return found


async def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """As `eventually`, for what happens on this event loop. TimeoutError when it does not."""
    with anyio.fail_after(seconds):
        while True:
            if condition():
                return
            await anyio.sleep(0.01)


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether a condition comes true within a generous time; for what happens in other processes."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()
