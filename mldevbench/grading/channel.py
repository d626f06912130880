"""Messages between trusted processes: one line of JSON each, with descriptors where needed. Standard library only."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping, Sequence
from typing import Any


def encode(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


def decode(line: bytes | bytearray) -> dict[str, Any]:
    """Raises EOFError for what is no message: whoever sends that is as good as gone."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise EOFError("the other side sent something that is no message")
    return message


def send(sock: socket.socket, message: Mapping[str, Any], fds: Sequence[int] = ()) -> None:
    data = encode(message)
    sent = socket.send_fds(sock, [data], list(fds)) if fds else 0
    sock.sendall(data[sent:])


def receive(sock: socket.socket, max_fds: int = 0) -> tuple[dict[str, Any], list[int]]:
    """One message and the descriptors that came with it. Both sides take turns, so nothing follows it. Raises EOFError."""
    data, fds = bytearray(), []
    while not data.endswith(b"\n"):
        part, received, _, _ = socket.recv_fds(sock, 2**16, max_fds)
        if not part:
            raise EOFError("the other side is gone")
        data += part
        fds += received
    return decode(data), fds
