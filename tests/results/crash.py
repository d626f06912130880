"""A process that is killed at a named point of the write path: before, in and after every write, fsync, rename and deletion.

Nothing in the product knows of it: the functions of the operating system are wrapped in a child process, which kills itself with
SIGKILL at the point with a given number. Children are forked from one that has imported everything, so that hundreds are cheap.
A power cut is worse than a kill: `power_cut` also takes back what was not on stable storage by then, file contents and names.
"""

from __future__ import annotations

import io
import os
import re
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mldevbench.results.storage import Storage

EVER = 10**9


@dataclass
class Points:
    """Counts the points that a process passes below `root`, and kills it at the one with the number `at`."""

    root: Path
    at: int = EVER
    power_cut: bool = False
    names: list[str] = field(default_factory=list)
    _dirty: set[str] = field(default_factory=set)
    _renamed: dict[str, bytes | None] = field(default_factory=dict)

    def reach(self, what: str, path: Any) -> None:
        self.names.append(f"{kind(str(path), self.root)}: {what}")
        if len(self.names) == self.at + 1:
            self.die()

    def die(self) -> None:
        if self.power_cut:
            for path, before in self._renamed.items():
                if before is None:
                    REAL["unlink"](path)
                else:
                    Path(path).write_bytes(before)
            for path in self._dirty:
                if Path(path).exists():
                    os.truncate(path, Path(path).stat().st_size // 2)
        os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """From now on. (A child of a fork only: it is never undone.)"""
        os.fsync, os.rename, os.unlink, os.mkdir = self._fsync, self._rename, self._unlink, self._mkdir  # type: ignore[assignment]
        io.open = self._open  # type: ignore[assignment]  # what pathlib opens files with
        Storage.delete = self._delete_in(Storage.delete)  # type: ignore[method-assign]  # Arrow's own deletion

    def mine(self, path: Any) -> bool:
        return str(path).startswith(str(self.root))

    def _open(self, path: Any, mode: str = "r", *args: Any, **more: Any) -> Any:
        if not self.mine(path) or not set(mode) & set("wa+"):
            return REAL["open"](path, mode, *args, **more)
        self.reach("before opening", path)
        file = REAL["open"](path, mode, *args, **more)
        self._dirty.add(str(path))
        return _File(file, self, path) if "b" in mode else file

    def _fsync(self, descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        self.reach("before fsync", path)
        REAL["fsync"](descriptor)
        self._renamed = {name: old for name, old in self._renamed.items() if Path(name).parent != path}
        self._dirty.discard(str(path))
        self.reach("after fsync", path)

    def _rename(self, old: Any, new: Any, **more: Any) -> None:
        self.reach("before rename", new)
        before = Path(new).read_bytes() if Path(new).is_file() else None
        REAL["rename"](old, new, **more)
        self._renamed.setdefault(str(new), before)
        if str(old) in self._dirty:
            self._dirty = self._dirty - {str(old)} | {str(new)}
        self.reach("after rename", new)

    def _mkdir(self, path: Any, *args: Any, **more: Any) -> None:
        self.reach("before mkdir", path)
        REAL["mkdir"](path, *args, **more)
        self.reach("after mkdir", path)

    def _delete_in(self, real: Callable[[Storage, str], None]) -> Callable[[Storage, str], None]:
        def delete(storage: Storage, name: str) -> None:
            self.reach("before deletion", storage.path(name))
            real(storage, name)
            self.reach("after deletion", storage.path(name))

        return delete

    def _unlink(self, path: Any, **more: Any) -> None:
        self.reach("before deletion", path)
        REAL["unlink"](path, **more)
        self.reach("after deletion", path)


REAL: dict[str, Callable[..., Any]] = {
    "fsync": os.fsync,
    "rename": os.rename,
    "unlink": os.unlink,
    "mkdir": os.mkdir,
    "open": io.open,
}


class _File:
    """A file whose writes come in two halves, with a point between them."""

    def __init__(self, file: Any, points: Points, path: Any) -> None:
        self._file, self._points, self._path = file, points, path

    def write(self, data: bytes) -> int:
        half = len(data) // 2
        self._file.write(data[:half])
        self._file.flush()
        self._points.reach("in the middle of writing", self._path)
        self._file.write(data[half:])
        self._file.flush()
        self._points.reach("after writing", self._path)
        return len(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> _File:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def kind(path: str, root: Path) -> str:
    """What a file is, without its name: `submissions/*.tar.gz`, `journal/*.jsonl`."""
    name = os.path.relpath(path, root).replace(".tmp-", "")
    return re.sub(r"[0-9a-f]{8,}[-0-9a-f]*(\.part)?|(part|merged)-[-0-9a-f]+", "*", name)


def in_child(work: Callable[[], object]) -> tuple[bool, str]:
    """Runs it in a forked process: whether that was killed by SIGKILL, and what it wrote with `tell`."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        os.dup2(writing, 3)
        code = 1
        try:
            work()
            code = 0
        except BaseException as error:
            tell(f"ERROR {type(error).__name__}: {error}")
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as file:
        told = file.read()
    _, status = os.waitpid(pid, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    if not killed and os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"a child failed: {told}")
    return killed, told


def tell(line: str) -> None:
    """Out of the child at once, so that a kill takes nothing back."""
    os.write(3, f"{line}\n".encode())
