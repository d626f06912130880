"""Starting a grader: forked from the warm process where that can be done, cold otherwise."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import anyio

from mldevbench.grading.safe import printable
from mldevbench.grading.trusted import trusted_process
from mldevbench.grading.warm import Forked, WarmUnavailable, forked
from mldevbench.outcome import InfraError

_GRADING = Path(__file__).parent
_LAST_WORDS = 2000


class Tail:
    """The writing end of a pipe, and the last bytes that came through it. It is read as long as the context lasts."""

    def __init__(self, reader: int, writer: int) -> None:
        self.writer = writer
        self._reader = reader
        self._data = b""

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[Tail]:
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        tail = cls(reader, writer)
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(tail._follow)
                yield tail
                tasks.cancel_scope.cancel()
        finally:
            os.close(reader)
            os.close(writer)

    async def _follow(self) -> None:
        while True:
            await anyio.wait_readable(self._reader)
            self._take()

    def _take(self) -> None:
        with suppress(BlockingIOError):
            self._data = (self._data + os.read(self._reader, 2**16))[-_LAST_WORDS:]

    def text(self) -> str:
        """What is left of it, on one printable line."""
        self._take()
        return printable(self._data.decode(errors="replace").strip(), _LAST_WORDS)


@asynccontextmanager
async def grader_process(python: Path, warm: Path | None, control: socket.socket, tail: Tail) -> AsyncIterator[Forked | None]:
    """A trusted grader that serves `control`, as a child of the warm process or (None) of this one.

    It is dead when the block ends, and ends when the runner does.
    """
    async with AsyncExitStack() as stack:
        child = None
        if warm is not None:
            with suppress(WarmUnavailable):
                child = await stack.enter_async_context(forked(warm, {"op": "grade"}, [control.fileno(), tail.writer]))
        if child is None:
            await stack.enter_async_context(_cold_grader(python, control, tail))
        yield child


@asynccontextmanager
async def _cold_grader(python: Path, control: socket.socket, tail: Tail) -> AsyncIterator[None]:
    command = [str(_GRADING / "grader_main.py"), str(control.fileno()), str(os.getpid())]
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(trusted_process(python, command, [control.fileno()], tail.writer))
        except OSError as error:
            raise InfraError("runner", f"the grader cannot be started: {error}") from None
        yield
