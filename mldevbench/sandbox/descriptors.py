"""Descriptors that are meant for a child process, closed here once it has been started."""

from __future__ import annotations

import fcntl
import os
from types import TracebackType

_FIRST = 100


class Descriptors:
    """A box of descriptors to pass on; leaving the context closes them.

    >>> with Descriptors() as box:
    ...     number = box.data(b"what the child reads")
    ...     subprocess.Popen([...], pass_fds=box.numbers)
    """

    def __init__(self) -> None:
        self.numbers: list[int] = []

    def data(self, content: bytes) -> int:
        """A descriptor from which `content` can be read."""
        fd = os.memfd_create("mldevbench", os.MFD_CLOEXEC)
        with os.fdopen(os.dup(fd), "wb") as file:
            file.write(content)
        os.lseek(fd, 0, os.SEEK_SET)
        return self._adopt(fd)

    def pipe(self) -> tuple[int, int]:
        """The reading end, which stays with the caller, and the number of the writing end, which the child gets."""
        ours, theirs = os.pipe2(os.O_CLOEXEC)
        return ours, self._adopt(theirs)

    def copy(self, fd: int) -> int:
        """A copy of a descriptor of the caller, with a number above those that a program asks for."""
        return self._adopt(os.dup(fd))

    def _adopt(self, fd: int) -> int:
        number = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _FIRST)
        os.close(fd)
        self.numbers.append(number)
        return number

    def __enter__(self) -> Descriptors:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for fd in self.numbers:
            os.close(fd)
        self.numbers.clear()
