"""Process trees: listing, stopping and killing everything below one process. Standard library only."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal

MAX_STOP_PASSES = 500
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_SET_CHILD_SUBREAPER = 1, 4, 38, 36

_libc = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, value: int) -> None:
    if _libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)):
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def children(pid: int) -> list[int]:
    """The direct children of a process; nothing once it has ended."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:  # noqa: PTH123
                found += map(int, file.read().split())
    return found


def descendants(root: int) -> list[int]:
    found = children(root)
    for pid in found:
        found += children(pid)
    return found


def stop_tree(root: int) -> set[int]:
    """SIGSTOP to everything below `root`, until a pass finds nothing that still ran and could have forked."""
    stopped: set[int] = set()
    for _ in range(MAX_STOP_PASSES):
        fresh = set(descendants(root)) - stopped
        if not fresh:
            break
        for pid in fresh:
            send_signal(pid, signal.SIGSTOP)
        stopped |= fresh
    return stopped


def resume_tree(root: int) -> None:
    for pid in descendants(root):
        send_signal(pid, signal.SIGCONT)


def kill_tree(root: int) -> None:
    """Stopped first, so that a fork bomb cannot outrun the killing."""
    for pid in stop_tree(root):
        send_signal(pid, signal.SIGKILL)


def send_signal(pid: int, number: int) -> None:
    with contextlib.suppress(OSError):
        os.kill(pid, number)
