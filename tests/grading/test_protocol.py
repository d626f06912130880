"""Frames between grader and probe: what is sent arrives, and no bytes whatever do more than be refused."""

from __future__ import annotations

import io
import math
import pickle
import socket
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mldevbench.grading import npy, protocol

SMALL = protocol.Bounds(json=4096, arrays=8, array_bytes=2**16)
NUMBERS = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False)
ARRAYS = st.sampled_from(["?", "<i8", ">f4", "<c16", "u1"]).flatmap(
    lambda dtype: st.lists(st.integers(0, 3), max_size=3).map(lambda shape: np.ones(shape, dtype))
)
VALUES = st.recursive(
    NUMBERS | st.text(max_size=8) | ARRAYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def transfer(data: bytes, bounds: protocol.Bounds = SMALL) -> Any:
    """What a reader makes of these bytes, followed by the end of the stream."""
    reader, writer = socket.socketpair()
    with reader, writer:
        writer.sendall(data)
        writer.close()
        return protocol.receive(reader, bounds)


def same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and a.shape == b.shape and bool((a == b).all())
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return type(a) is type(b) and bool(a == b)


@given(VALUES)
@settings(max_examples=150, deadline=None)
def test_values_arrive_as_they_were(value: Any) -> None:
    assert same(value, transfer(b"".join(protocol.encode(value))))


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_random_bytes_are_refused(data: bytes) -> None:
    with pytest.raises((protocol.ProtocolError, EOFError)):
        transfer(data)


@given(VALUES, st.data())
@settings(max_examples=300, deadline=None)
def test_a_damaged_frame_is_refused_or_is_another_value(value: Any, data: st.DataObject) -> None:
    frame = bytearray(b"".join(protocol.encode([value, np.arange(3.0)])))
    for _ in range(data.draw(st.integers(1, 3))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    try:
        transfer(bytes(frame))
    except protocol.ProtocolError:
        pass


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


@given(st.binary(max_size=64), st.integers(0, 80))
@settings(max_examples=200, deadline=None)
def test_damaged_arrays_are_refused_or_read(noise: bytes, at: int) -> None:
    data = bytearray(npy.dumps(np.arange(5)))
    data[at : at + len(noise)] = noise
    try:
        npy.loads(data)
    except ValueError:
        pass


def test_headers_that_lie_are_refused() -> None:
    for shape in ("(1000000000000,)", "(2, 3, 999999999999999999)", "(-1,)", "(__import__('os').getpid(),)"):
        header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
        with pytest.raises(ValueError, match="npy"):
            npy.loads(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(16))
    with pytest.raises(ValueError, match="npy"):
        npy.loads(pickle.dumps([1]))
