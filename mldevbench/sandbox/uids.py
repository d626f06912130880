"""One user id per sandbox, for a runner that is root: processes of two trials can neither signal nor read each other."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mldevbench.outcome import InfraError

POOL_SIZE = 4096
_CAP_SETGID, _CAP_SETUID, _CAP_SYS_ADMIN = 6, 7, 21
_POOLS = (200_000, 50_000)
"""First ids of the pools; the second lies within the 65536 ids that a container usually has."""
_LOCKS = Path("/run/mldevbench/uids")


def may_change_user() -> bool:
    """Whether this process can become any user of the pool."""
    return _has(_CAP_SETUID) and _has(_CAP_SETGID) and pool_start() is not None


def has_own_users() -> bool:
    """Whether sandboxes with namespaces are made as real root, without a user namespace, and have users of their own."""
    return may_change_user() and _has(_CAP_SYS_ADMIN)


def _has(capability: int) -> bool:
    status = Path("/proc/self/status").read_text()
    return bool(int(status.partition("CapEff:")[2].split(maxsplit=1)[0], 16) >> capability & 1)


def pool_start() -> int | None:
    """The first id of the pool that this user namespace maps, or None when it maps neither."""
    ranges = [tuple(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    for start in _POOLS:
        if any(first <= start and start + POOL_SIZE <= first + count for first, _, count in ranges):
            return start
    return None


@contextmanager
def lent_uid() -> Iterator[int]:
    """A user id that no other sandbox on this node has. The lock is the kernel's: it goes with the process that holds it."""
    start = pool_start()
    if start is None:
        raise InfraError("sandbox_start", "no user ids for sandboxes: this user namespace maps neither 200000 nor 50000")
    _LOCKS.mkdir(mode=0o700, parents=True, exist_ok=True)
    for uid in range(start, start + POOL_SIZE):
        fd = os.open(_LOCKS / str(uid), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            continue
        try:
            yield uid
        finally:
            os.close(fd)
        return
    raise InfraError("sandbox_start", f"all {POOL_SIZE} user ids for sandboxes on this node are in use")


def hand_over(folder: Path, uid: int) -> None:
    """Makes `uid` the owner of a folder and all in it, following no link.

    A file with several hard links keeps its owner: its other names may be shared assets.
    """
    os.chown(folder, uid, uid)
    for _, folders, files, fd in os.fwalk(folder, follow_symlinks=False):
        for name in folders + files:
            status = os.stat(name, dir_fd=fd, follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode) or status.st_nlink == 1:
                os.chown(name, uid, uid, dir_fd=fd, follow_symlinks=False)


def reachable(path: Path) -> bool:
    """Whether a user without rights of its own gets to `path` and may read it."""
    path = path.resolve()
    return passable(path.parent) and bool(path.stat().st_mode & 0o004)


def passable(folder: Path) -> bool:
    folder = folder.resolve()
    return all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents))
