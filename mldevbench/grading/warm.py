"""The runner's side of the warm process: keeps one at hand, and asks it for probes and graders."""

from __future__ import annotations

import os
import secrets
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio

from mldevbench.grading.messages import Messages
from mldevbench.grading.trusted import trusted_process

IDLE_S = 300.0
_MAIN = Path(__file__).with_name("warm_main.py")
_BACKLOG = 128
_MAX_PATH = 100  # the kernel takes 107 bytes as the name of a socket


class WarmUnavailable(Exception):
    """Nothing could be forked from the warm process; a cold start does the same, only more slowly."""


class WarmServer:
    """One warm process a node, started by the first connection, again when it died, and gone when it was idle for `IDLE_S`.

    The runner holds the listening socket, so connections made meanwhile wait for the process instead of being refused.
    Whoever reaches it can have code run outside of any sandbox. Root's lies in a folder that no other user gets to. An ordinary
    user's sandboxes may be the same user, whom Landlock lets connect to any path that it knows, but to no abstract name.
    """

    def __init__(self, python: Path, path: Path, listener: socket.socket) -> None:
        self.socket = path
        self._python = python
        self._listener = listener

    @classmethod
    @asynccontextmanager
    async def start(cls, python: Path, run_dir: Path) -> AsyncIterator[WarmServer]:
        """Opens the socket (in `run_dir`, made accessible to its owner only); the process is started when it is first asked."""
        path = _socket_path(run_dir) if os.getuid() == 0 else Path(f"\0mldevbench-{secrets.token_hex(16)}")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen(_BACKLOG)
            listener.setblocking(False)
            server = cls(python, path, listener)
            try:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(server._supervise)
                    yield server
                    tasks.cancel_scope.cancel()
            finally:
                if path.is_absolute():
                    path.unlink(missing_ok=True)
                    if path.parent != run_dir:
                        path.parent.rmdir()

    async def _supervise(self) -> None:
        while True:
            await anyio.wait_readable(self._listener)
            began = time.monotonic()
            fd = self._listener.fileno()
            command = [str(_MAIN), str(fd), str(os.getpid()), str(IDLE_S)]
            try:
                async with trusted_process(self._python, command, [fd]) as process:
                    status = await process.wait()
            except (OSError, RuntimeError):  # the node has no process or thread left just now
                status = 1
            if status != 0 and time.monotonic() - began < 60:
                self._hang_up()

    def _hang_up(self) -> None:
        """It could not start: those that wait are sent away, to start cold."""
        while True:
            try:
                self._listener.accept()[0].close()
            except BlockingIOError:
                return


def _socket_path(run_dir: Path) -> Path:
    run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    run_dir.chmod(0o700)
    path = run_dir / f"warm-{secrets.token_hex(4)}"
    if len(os.fsencode(path)) <= _MAX_PATH:
        return path
    return Path(tempfile.mkdtemp(prefix="mldevbench-")) / path.name


class Forked:
    """A child of the warm process."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    async def lost(self) -> bool:
        """Waits until the child has ended. True when the warm process died under it, False when it ended by itself."""
        try:
            await self._messages.receive()
        except EOFError:
            return True
        except anyio.ClosedResourceError:
            pass
        return False


@asynccontextmanager
async def forked(warm: Path, message: Mapping[str, Any], fds: Sequence[int]) -> AsyncIterator[Forked]:
    """Has the warm process fork what `message` asks for, which is killed when the block ends. Raises WarmUnavailable."""
    with Messages(socket.socket(socket.AF_UNIX)) as messages:
        try:
            messages.connect(warm)
            await messages.send(message, fds)
            answer = await messages.receive()
        except (OSError, EOFError) as error:
            raise WarmUnavailable(str(error)) from None
        if "failed" in answer:
            raise WarmUnavailable(answer["failed"])
        yield Forked(messages)
