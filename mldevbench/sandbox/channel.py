"""The runner's end of the socket to the exec server. What comes from there is untrusted: anything odd ends the sandbox."""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import anyio

from mldevbench.sandbox.inside.exec_server import CHUNK, MAX_FRAME

MAX_BODY = MAX_FRAME - 2**20
"""Bytes that can be sent with one request."""
SEND_S = 60.0
"""How long the other end may take to read one message."""
_MAX_EVENT = CHUNK + 2**14
_READ = 2**18


class ChannelBroken(Exception):
    """The exec server is gone, or what it said makes no sense."""


@dataclass(frozen=True, slots=True)
class Message:
    """One event. `id` is the request's or command's; `number` and `text` are what the kinds have in common."""

    kind: str
    id: int
    code: int
    dropped: int
    errno: int
    text: str
    port: int
    body: bytes


class Channel:
    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._sending = anyio.Lock()
        self._buffer = bytearray()
        self.listener: socket.socket | None = None

    async def hello(self) -> Message:
        """The first message, which brings the door's listening socket along."""
        await anyio.wait_readable(self._socket)
        data, fds, _, _ = socket.recv_fds(self._socket, _READ, 1)
        if fds:
            os.set_inheritable(fds[0], False)
            self.listener = socket.socket(fileno=fds[0])
            self.listener.setblocking(False)
        if not data:
            raise ChannelBroken("it ended before it was ready")
        self._buffer += data
        return await self.receive()

    async def receive(self) -> Message:
        while (message := self._take()) is None:
            await anyio.wait_readable(self._socket)
            try:
                data = self._socket.recv(_READ)
            except BlockingIOError:
                continue
            except OSError as error:
                raise ChannelBroken(str(error)) from None
            if not data:
                raise ChannelBroken("its first process ended")
            self._buffer += data
        return message

    async def send(self, header: Mapping[str, Any], body: bytes = b"") -> None:
        payload = json.dumps(header).encode() + b"\n" + body
        rest = memoryview(struct.pack("!I", len(payload)) + payload)
        with anyio.move_on_after(SEND_S, shield=True) as scope:  # half a frame would break the stream
            async with self._sending:
                while rest:
                    try:
                        rest = rest[self._socket.send(rest) :]
                    except BlockingIOError:
                        await anyio.wait_writable(self._socket)
                    except OSError as error:
                        raise ChannelBroken(str(error)) from None
        if scope.cancelled_caught:
            raise ChannelBroken("it does not read what it is sent")

    def close(self) -> None:
        self._socket.close()
        if self.listener:
            self.listener.close()

    def _take(self) -> Message | None:
        if len(self._buffer) < 4:
            return None
        (size,) = struct.unpack_from("!I", self._buffer)
        if size > _MAX_EVENT:
            raise ChannelBroken(f"it sent a message of {size} bytes")
        if len(self._buffer) < 4 + size:
            return None
        payload = bytes(self._buffer[4 : 4 + size])
        del self._buffer[: 4 + size]
        return _parse(payload)


def _parse(payload: bytes) -> Message:
    line, _, body = payload.partition(b"\n")
    try:
        data = json.loads(line)
        number = {name: data.get(name, 0) for name in ("id", "code", "dropped", "errno", "port")}
        kind, text = data["ev"], data.get("text", "")
    except (ValueError, KeyError, AttributeError, RecursionError):
        raise ChannelBroken("it sent a malformed message") from None
    if not all(type(value) is int and 0 <= value < 2**63 for value in number.values()):
        raise ChannelBroken("it sent a malformed message")
    if not isinstance(kind, str) or not isinstance(text, str):
        raise ChannelBroken("it sent a malformed message")
    return Message(kind=kind, text=text[:1000], body=body, **number)
