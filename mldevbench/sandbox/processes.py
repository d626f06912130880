"""What the processes of a sandbox use, read from /proc."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
_INODE = 1024  # what the kernel keeps for one file of a tmpfs, roughly


@dataclass(frozen=True)
class ProcessTable:
    """The processes of one sandbox: a descriptor of a /proc, which of its numbers are theirs, and descriptors of tmpfs mounts."""

    proc: int
    numbers: Callable[[], Sequence[int]]
    mounts: Sequence[int] = ()

    def memory_at_most(self) -> int:
        """An upper bound of `memory` in bytes that is cheap to read: pages that are shared count once for each process."""
        resident = 0
        for pid in self.numbers():
            with suppress(OSError, IndexError, ValueError):
                resident += int(self._read(f"{pid}/statm").split()[1])
        return resident * _PAGE + self._held()

    def memory(self) -> int:
        """Bytes of memory that the sandbox makes the machine keep: anonymous and shared pages, and what its tmpfs mounts hold.

        Shared pages are divided among their users (PSS). Pages of mapped files are left out: they can be dropped at any time, and
        how many of a library's pages fall to one sandbox depends on its neighbours.
        """
        anonymous = shared = 0
        for pid in self.numbers():
            try:
                fields = dict(line.split(b":", 1) for line in self._read(f"{pid}/smaps_rollup").splitlines()[1:])
                anonymous += int(fields[b"Pss_Anon"].split()[0]) * 1024
                shared += int(fields[b"Pss_Shmem"].split()[0]) * 1024
            except (OSError, KeyError, ValueError):  # it hides (not dumpable), has ended, or the kernel is old
                with suppress(OSError, IndexError, ValueError):
                    anonymous += int(self._read(f"{pid}/statm").split()[1]) * _PAGE
        return anonymous + max(shared, self._held())

    def _held(self) -> int:
        held = 0
        for mount in self.mounts:
            with suppress(OSError):
                status = os.fstatvfs(mount)
                held += (status.f_blocks - status.f_bfree) * status.f_frsize + (status.f_files - status.f_ffree) * _INODE
        return held

    def _read(self, name: str) -> bytes:
        fd = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self.proc)
        try:
            return os.read(fd, 65536)
        finally:
            os.close(fd)

    def close(self) -> None:
        for fd in (self.proc, *self.mounts):
            os.close(fd)


def shown_in(proc: int) -> list[int]:
    """All processes that a /proc shows."""
    return [int(name) for name in os.listdir(proc) if name.isdecimal()]  # noqa: PTH208


def shared_memory_of(uid: int) -> dict[Path, int]:
    """Files of a user in the host's /dev/shm, with their bytes."""
    found = {}
    for path in Path("/dev/shm").iterdir():
        with suppress(OSError):
            status = path.lstat()
            if status.st_uid == uid:
                found[path] = status.st_blocks * 512
    return found


def folder_bytes(folder: str | os.PathLike[str]) -> int:
    """Bytes on disk below a folder, links not followed; a file counts at least one block of 4 KiB.

    Folders nested deeper than a path can tell would hide what is in them, and count as more than any bound.
    """
    total, stack = 0, [os.fspath(folder)]
    while stack:
        try:
            with os.scandir(stack.pop()) as entries:
                for entry in entries:
                    with suppress(OSError):
                        total += max(entry.stat(follow_symlinks=False).st_blocks * 512, 4096)
                        if entry.is_dir(follow_symlinks=False):
                            stack.append(entry.path)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                return sys.maxsize
    return total
