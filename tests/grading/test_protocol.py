"""Frames between grader and probe; `tests/fuzz` sends them anything."""

from __future__ import annotations

import io
import math
import pickle
import socket
from typing import Any

import numpy as np
import pytest

from mldevbench.grading import npy, protocol

SMALL = protocol.Bounds(json=4096, arrays=8, array_bytes=2**16)


def transfer(data: bytes, bounds: protocol.Bounds = SMALL) -> Any:
    """What a reader makes of these bytes, followed by the end of the stream."""
    reader, writer = socket.socketpair()
    with reader, writer:
        writer.sendall(data)
        writer.close()
        return protocol.receive(reader, bounds)


def same(a: Any, b: Any) -> bool:
    return isinstance(b, np.ndarray) and a.dtype == b.dtype and a.shape == b.shape and bool((a == b).all())


def test_not_a_number_and_infinity_arrive() -> None:
    nan, infinity = transfer(b"".join(protocol.encode([math.nan, -math.inf])))
    assert math.isnan(nan)
    assert infinity == -math.inf


@pytest.mark.parametrize(
    "text", [b"[" * 4000, b'{"array":0}', b'{"dict":[]}', b'{"a":1}', b"1" * 4000, b"99999999999999999999", b"\xff"]
)
def test_other_json_is_refused(text: bytes) -> None:
    with pytest.raises(protocol.ProtocolError):
        protocol.decode(text, [])


@pytest.mark.parametrize("value", [object(), {1: 2}, {"a": {3}}, np.array([None]), np.array(["a"]), b"bytes"])
def test_other_values_cannot_be_sent(value: Any) -> None:
    with pytest.raises(TypeError):
        protocol.encode(value)


@pytest.mark.parametrize(
    "array", [np.arange(6).reshape(2, 3), np.asfortranarray(np.ones((3, 4), "f4")), np.array(2.5), np.ones((0, 3), "?")]
)
def test_what_numpy_saves_can_be_read(array: np.ndarray) -> None:
    buffer = io.BytesIO()
    np.save(buffer, array)
    assert same(array, npy.loads(buffer.getvalue()))
    assert same(array, np.load(io.BytesIO(npy.dumps(array)), allow_pickle=False))


def test_headers_that_lie_are_refused() -> None:
    for shape in ("(1000000000000,)", "(2, 3, 999999999999999999)", "(-1,)", "(__import__('os').getpid(),)"):
        header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
        with pytest.raises(ValueError, match="npy"):
            npy.loads(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(16))
    with pytest.raises(ValueError, match="npy"):
        npy.loads(pickle.dumps([1]))
