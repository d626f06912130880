"""One writer at a time for a results folder on a local path. (An object store has no such lock.)"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from mldevbench.outcome import UserError
from mldevbench.results.info import LOCK
from mldevbench.results.storage import Storage

_PATIENCE_S = 0.2
"""A look at who holds the lock takes it for a moment."""


def lock(storage: Storage) -> IO[str] | None:
    """Held until the file is closed; None on an object store. Raises UserError while another process holds it."""
    if not storage.local:
        return None
    path = Path(storage.path(LOCK))
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+")
    deadline = time.monotonic() + _PATIENCE_S
    while not _taken(file):
        if time.monotonic() > deadline:
            file.seek(0)
            owner = file.read().strip()
            file.close()
            raise UserError(f"{storage.base} is being written by process {owner}; wait for it or choose another folder")
        time.sleep(0.02)
    try:
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
    except BaseException:
        file.close()
        raise
    return file


@contextmanager
def locked(storage: Storage) -> Iterator[None]:
    file = lock(storage)
    try:
        yield
    finally:
        if file is not None:
            file.close()


def writer_of(storage: Storage) -> int | None:
    """The process that is writing a local folder now; None when there is none, and on an object store, where nobody can tell."""
    try:
        file = Path(storage.path(LOCK)).open("r") if storage.local else None
    except OSError:
        return None
    if file is None:
        return None
    with file:
        if _taken(file, fcntl.LOCK_SH):
            return None
        return int(file.read() or 0)


def _taken(file: IO[str], how: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
