"""How a grader and a probe talk: frames of one JSON value and the arrays in it, over a stream socket.

    frame := length of the JSON (4 bytes), number of arrays (4 bytes), length of each array (8 bytes), JSON, arrays as .npy

Lengths are big-endian, and checked against the bounds before anything is allocated. In the JSON an array stands as
{"array": index} and a dictionary as {"dict": {...}}, so that neither can be mistaken for the other. Integers have at most 64
bits, and text no lone surrogates, over which whoever writes it down would stumble.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from mldevbench.grading import npy

MAX_DEPTH = 16
SURROGATE = re.compile("[\ud800-\udfff]")
_INTEGERS = range(-(2**63), 2**64)


class ProtocolError(ValueError):
    """The other side sent something that is no frame within the bounds, stopped sending, or was too slow."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one frame may hold: bytes of JSON (read, it takes up to 50 times as many), number of arrays, bytes of all arrays."""

    json: int = 4 * 2**20
    arrays: int = 256
    array_bytes: int = 512 * 2**20


def send(sock: socket.socket, value: Any, *, deadline: float | None = None) -> None:
    """Sends one frame. Raises TypeError for a value of another kind than the protocol has, ProtocolError when it is not taken."""
    _set_deadline(sock, deadline)
    try:
        for part in encode(value):
            sock.sendall(part)
    except OSError as error:
        raise ProtocolError(
            "it did not take what was sent in time" if isinstance(error, TimeoutError) else "it is gone"
        ) from None


def receive(
    sock: socket.socket, bounds: Bounds, *, deadline: float | None = None, arrays_as: type[np.ndarray[Any, Any]] = np.ndarray
) -> Any:
    """The next frame's value. Raises ProtocolError; EOFError when the other side has closed before a frame."""
    json_length, count = struct.unpack("!II", _exactly(sock, 8, deadline, start=True))
    if json_length > bounds.json or count > bounds.arrays:
        raise ProtocolError(f"a frame with {json_length} bytes of JSON and {count} arrays is too large")
    lengths = struct.unpack(f"!{count}Q", _exactly(sock, 8 * count, deadline))
    if sum(lengths) > bounds.array_bytes:
        raise ProtocolError(f"{sum(lengths)} bytes of arrays are more than {bounds.array_bytes}")
    text = _exactly(sock, json_length, deadline)
    return decode(text, [_exactly(sock, length, deadline) for length in lengths], arrays_as)


def encode(value: Any) -> list[bytes]:
    """The frame of a value, in parts. Raises TypeError."""
    arrays: list[bytes] = []
    text = json.dumps(_to_tree(value, arrays, 0), separators=(",", ":")).encode()
    head = struct.pack(f"!II{len(arrays)}Q", len(text), len(arrays), *map(len, arrays))
    return [head + text, *arrays]


def decode(text: bytes | bytearray, arrays: list[bytearray], arrays_as: type[np.ndarray[Any, Any]] = np.ndarray) -> Any:
    """The value of a frame's JSON and arrays. Raises ProtocolError."""
    try:
        return _from_tree(json.loads(text.decode()), [npy.loads(a).view(arrays_as) for a in arrays], 0)
    except (ValueError, RecursionError, MemoryError) as error:
        raise ProtocolError(f"a malformed frame: {error}") from None


def _to_tree(value: Any, arrays: list[bytes], depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise TypeError("the value is nested too deeply")
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or type(value) in (bool, float):
        return value
    if type(value) is int and value in _INTEGERS:
        return value
    if type(value) is str and not SURROGATE.search(value):
        return value
    if isinstance(value, np.ndarray):
        arrays.append(npy.dumps(value))
        return {"array": len(arrays) - 1}
    if isinstance(value, list | tuple):
        return [_to_tree(item, arrays, depth + 1) for item in value]
    if isinstance(value, dict) and all(type(key) is str and not SURROGATE.search(key) for key in value):
        return {"dict": {key: _to_tree(item, arrays, depth + 1) for key, item in value.items()}}
    raise TypeError(f"this {type(value).__name__} cannot be sent; numbers, strings, lists, dictionaries and arrays can")


def _from_tree(tree: Any, arrays: list[Any], depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise ProtocolError("the value is nested too deeply")
    if isinstance(tree, list):
        return [_from_tree(item, arrays, depth + 1) for item in tree]
    if not isinstance(tree, dict):
        if isinstance(tree, int) and tree not in _INTEGERS:
            raise ProtocolError("an integer of more than 64 bits")
        if isinstance(tree, str) and SURROGATE.search(tree):
            raise ProtocolError("text that is no Unicode")
        return tree
    match tree:
        case {"array": int(index)} if len(tree) == 1 and type(index) is int and 0 <= index < len(arrays):
            return arrays[index]
        case {"dict": dict(items)} if len(tree) == 1 and not any(map(SURROGATE.search, items)):
            return {key: _from_tree(item, arrays, depth + 1) for key, item in items.items()}
    raise ProtocolError("neither an array nor a dictionary")


def _exactly(sock: socket.socket, size: int, deadline: float | None, *, start: bool = False) -> bytearray:
    data = bytearray()
    while len(data) < size:
        _set_deadline(sock, deadline)
        try:
            part = sock.recv(min(size - len(data), 2**20))
        except TimeoutError:
            raise ProtocolError("no answer in time") from None
        except OSError as error:
            raise ProtocolError(f"the connection broke: {error}") from None
        if not part:
            if start and not data:
                raise EOFError
            raise ProtocolError("the frame is cut short")
        data += part
    return data


def _set_deadline(sock: socket.socket, deadline: float | None) -> None:
    remaining = None if deadline is None else deadline - time.monotonic()
    if remaining is not None and remaining <= 0:
        raise ProtocolError("no answer in time")
    sock.settimeout(remaining)
