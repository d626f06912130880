"""Where this package keeps things on a node, and where its tasks and agents lie."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGE_ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds the packages `mldevbench`, `agents`, `cluster` and `tasks`."""


def home() -> Path:
    """The cache folder: `$MLDEVBENCH_HOME`, or `mldevbench` in the user's cache directory."""
    configured = os.environ.get("MLDEVBENCH_HOME")
    if configured:
        return Path(configured).expanduser().absolute()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "mldevbench"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mldevbench"


def folder(*parts: str) -> Path:
    """A folder below `home()`, made with access for its owner only."""
    path = home().joinpath(*parts)
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds an exclusive lock on `path` (made when missing), shared by all processes of the node. Blocks until it is free."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
