"""Building what a node keeps, environments and assets: one builder at a time, and only for as long as it makes progress."""

from __future__ import annotations

import fcntl
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from mldevbench.outcome import InfraError

STALL_S = float(os.environ.get("MLDEVBENCH_STALL_S", "900"))
"""How long a build may go on without writing a byte and without starting or ending a process."""
_LOOK_S = 1.0


@contextmanager
def builder(target: Path, kind: str) -> Iterator[Path]:
    """The lock of what is to be built at `target`; when it was last changed is its holder's sign of life.

    Blocks until it is free. Raises InfraError of this kind when whoever holds it makes no progress.
    """
    lock = target.with_name(target.name + ".lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    since = time.time()
    with lock.open("a") as file:
        while not _taken(file):
            since = max(since, lock.stat().st_mtime)
            if time.time() - since > STALL_S:
                raise InfraError(kind, f"another process is building {target.name}, and made no progress for {STALL_S:g} s")
            time.sleep(min(_LOOK_S, 0.1))
        yield lock


@contextmanager
def watched(process: subprocess.Popen[Any], lock: Path, kind: str, what: str) -> Iterator[None]:
    """Ends a builder's process, and all that it started, once it makes no progress. Raises InfraError then, as the block ends."""
    over, stalled = threading.Event(), threading.Event()
    watcher = threading.Thread(target=_watch, args=(process, lock, over, stalled), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        if stalled.is_set():  # whatever the block made of that
            raise InfraError(kind, f"{what} wrote nothing for {STALL_S:g} s, and was ended") from None


def _watch(process: subprocess.Popen[Any], lock: Path, over: threading.Event, stalled: threading.Event) -> None:
    import psutil

    known, since = _work(process.pid), time.monotonic()
    while not over.wait(min(_LOOK_S, STALL_S / 4)):
        now = _work(process.pid)
        if now != known:
            known, since = now, time.monotonic()
            os.utime(lock)
        elif time.monotonic() - since > STALL_S:
            stalled.set()
            with suppress(psutil.Error):
                for child in psutil.Process(process.pid).children(recursive=True):
                    with suppress(psutil.Error):
                        child.kill()
            process.kill()
            return


def _work(pid: int) -> list[tuple[int, float]]:
    """The processes below (and with) this one, each with the bytes that it has written: a pipe counts, and a log."""
    import psutil

    found = []
    with suppress(psutil.Error):
        root = psutil.Process(pid)
        for each in [root, *root.children(recursive=True)]:
            with suppress(psutil.Error):
                # macOS counts no bytes; there, whoever computes makes progress.
                written = each.io_counters().write_chars if hasattr(each, "io_counters") else each.cpu_times().user
                found.append((each.pid, float(written)))
    return found


def _taken(file: IO[str]) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False
