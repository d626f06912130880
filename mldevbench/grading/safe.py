"""Opening and listing files in a folder that somebody else filled, without following a link. Standard library only.

Links, FIFOs, sockets and devices are never opened as files, and no name leads out of the folder.
"""

from __future__ import annotations

import ctypes
import errno
import itertools
import os
import platform
import re
import stat
import struct
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from mldevbench.outcome import SubmissionError

_OPENAT2 = 437
_BENEATH, _NO_SYMLINKS, _NO_MAGICLINKS = 0x08, 0x04, 0x02
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_DIRECTORY
_libc = ctypes.CDLL(None, use_errno=True)

MAX_DEPTH = 40
MAX_PATH = 1000
"""Bytes, so that the copies that are made of a submission, below longer names, stay within what the system takes."""
MAX_ENTRIES = 200_000


def open_file(root: Path, name: str) -> tuple[int, os.stat_result]:
    """A descriptor of the regular file `name` below `root`, and its status. Raises SubmissionError that names the file."""
    try:
        fd = open_beneath(root, name)
    except FileNotFoundError:
        raise SubmissionError(f"{printable(name)} is missing") from None
    except (OSError, ValueError) as error:
        raise SubmissionError(f"{printable(name)} cannot be opened: {_reason(error)}") from None
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        os.close(fd)
        raise SubmissionError(f"{printable(name)} is no regular file")
    return fd, status


def open_beneath(root: Path, name: str) -> int:
    """Opens `name` below `root` for reading; no component of it may be a link. Raises OSError or ValueError."""
    parts = PurePosixPath(name).parts
    if name.startswith("/") or ".." in parts or "\0" in name:
        raise ValueError("a path relative to the workspace, without .., is wanted")
    parent = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fd = _openat2(parent, "/".join(parts) or ".")
        return _open_by_component(parent, parts) if fd is None else fd
    finally:
        os.close(parent)


def _openat2(parent: int, name: str) -> int | None:
    """None where the kernel has no openat2 (before 5.6, other systems, some containers)."""
    if platform.system() != "Linux":
        return None
    how = struct.pack("=QQQ", _FLAGS, 0, _BENEATH | _NO_SYMLINKS | _NO_MAGICLINKS)
    fd = int(_libc.syscall(_OPENAT2, parent, os.fsencode(name), how, ctypes.c_size_t(len(how))))
    if fd >= 0:
        return fd
    error = ctypes.get_errno()
    if error in (errno.ENOSYS, errno.EPERM):
        return None
    raise OSError(error, os.strerror(error), name)


def _open_by_component(parent: int, parts: Sequence[str]) -> int:
    here = os.dup(parent)
    for index, part in enumerate(parts):
        try:
            below = os.open(part, _FLAGS if index == len(parts) - 1 else _FOLDER, dir_fd=here)
        finally:
            os.close(here)
        here = below
    return here


def walk(root: Path, enter: Callable[[str], bool] = lambda _: True) -> Iterator[tuple[str, bool]]:
    """Every entry below `root` that is no folder: (path, whether it is a regular file), sorted within each folder.

    Folders for which `enter(path)` is false are left out. Raises SubmissionError for a folder that cannot be read, and beyond
    MAX_DEPTH levels, MAX_PATH bytes of a name or MAX_ENTRIES entries.
    """
    pending = [""]
    seen = 0
    while pending:
        place = pending.pop()
        for name, mode in _entries(root, place):
            seen += 1
            path = f"{place}/{name}" if place else name
            if seen > MAX_ENTRIES or path.count("/") >= MAX_DEPTH or len(os.fsencode(path)) > MAX_PATH:
                bounds = f"{MAX_ENTRIES} entries, {MAX_DEPTH} levels of folders or a name of {MAX_PATH} bytes"
                raise SubmissionError(f"{printable(path)}: more than {bounds}")
            if not stat.S_ISDIR(mode):
                yield path, stat.S_ISREG(mode)
            elif enter(path):
                pending.append(path)


def _entries(root: Path, place: str) -> list[tuple[str, int]]:
    try:
        fd = open_beneath(root, place)
        try:
            with os.scandir(fd) as found:
                some = itertools.islice(found, MAX_ENTRIES + 1)
                return sorted((entry.name, entry.stat(follow_symlinks=False).st_mode) for entry in some)
        finally:
            os.close(fd)
    except OSError as error:  # a folder may be closed to its owner, or show names and nothing else
        raise SubmissionError(f"{printable(place or '.')} cannot be listed: {_reason(error)}") from None


class Patterns:
    """Declared outputs: paths or globs relative to the workspace. A pattern that names a folder means all that is in it.

    `*` and `?` stay within one name, `**` spans folders.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._whole = [re.compile(_expression(p) + "(?:/.*)?", re.DOTALL) for p in patterns]
        self._above = [re.compile(head, re.DOTALL) for p in patterns for head in _heads(p)]

    def match(self, path: str) -> bool:
        return any(p.fullmatch(path) for p in self._whole)

    def may_hold(self, folder: str) -> bool:
        """Whether something below this folder could match."""
        return self.match(folder) or any(p.fullmatch(folder) for p in self._above)


def _heads(pattern: str) -> Iterator[str]:
    parts = pattern.strip("/").split("/")
    for end in range(1, len(parts)):
        yield _expression("/".join(parts[:end]))


def _expression(pattern: str) -> str:
    out = ""
    for token in re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", pattern.strip("/")):
        out += {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(token) or re.escape(token)
    return out


def printable(text: object, limit: int = 200) -> str:
    """Text on one line that is safe to show: control characters and terminal escapes are spelled out, the end is cut."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in str(text)[:limit])
    return shown if len(str(text)) <= limit else shown + "..."


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return "a link is in the way"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
