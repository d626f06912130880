"""The messages of `channel`, for the runner's event loop."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import anyio

from mldevbench.grading import channel


class Messages:
    """One end of a connection; leaving the context closes it."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._received = bytearray()
        sock.setblocking(False)

    def connect(self, path: Path) -> None:
        """Raises OSError at once when nobody listens, or too many wait."""
        self._sock.connect(str(path))

    async def send(self, message: Mapping[str, Any], fds: Sequence[int] = ()) -> None:
        """Raises OSError when the other side is gone."""
        data = memoryview(channel.encode(message))
        while data:
            try:
                sent = socket.send_fds(self._sock, [data], list(fds)) if fds else self._sock.send(data)
            except BlockingIOError:
                await anyio.wait_writable(self._sock)
            else:
                data, fds = data[sent:], ()

    async def receive(self, max_bytes: int = 2**16) -> dict[str, Any]:
        """Raises EOFError when the other side is gone, talks nonsense or too much; ClosedResourceError when this end closes."""
        while (end := self._received.find(b"\n")) < 0:
            self._require_open()
            await anyio.wait_readable(self._sock)
            self._require_open()
            try:
                part = self._sock.recv(2**16)
            except ConnectionError:
                part = b""
            self._received += part
            if not part or len(self._received) > max_bytes:
                raise EOFError("the other side is gone")
        line, self._received = self._received[:end], self._received[end + 1 :]
        return channel.decode(line)

    def _require_open(self) -> None:
        # Data and the close of another task may come in the same turn of the loop, before the waiter runs again.
        if self._sock.fileno() < 0:
            raise anyio.ClosedResourceError

    def __enter__(self) -> Messages:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        anyio.notify_closing(self._sock)
        self._sock.close()
