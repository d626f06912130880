"""Whatever bytes a probe writes: they are a value that could have been sent, or a ProtocolError, and the bounds hold."""

from __future__ import annotations

import io
import json
import math
import socket
import struct
import threading
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mldevbench.grading import SubmissionError, expect_array, npy, protocol
from mldevbench.grading.probe import Probe, ProbeError
from tests.fuzz.support import damaged, documents, fuzz, pieces

SMALL = protocol.Bounds(json=2**14, arrays=8, array_bytes=2**16)
TYPES = ["?", "i1", "<i2", ">i4", "<i8", "u1", ">u2", "<u4", "<u8", "<f2", ">f4", "<f8", "<c8", ">c16"]
SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3)
ARRAYS = hnp.arrays(st.sampled_from(TYPES), SHAPES).map(
    lambda a: np.asfortranarray(a) if a.size % 2 else a[::-1] if a.ndim else a
)
TEXT = st.text(max_size=8)
PLAIN = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | TEXT
VALUES = st.recursive(
    PLAIN | ARRAYS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8
)
ODD = st.one_of(
    st.binary(max_size=4),
    st.integers(2**64),
    st.integers(max_value=-(2**63) - 1),
    st.sampled_from(
        [object(), {1: 2}, {"a": {3}}, 1j, np.longdouble(1), np.complex64(1j), np.datetime64("NaT"), np.void(b"ab"), 10**4000]
        + [
            "\ud800",
            {"\udfff": 1},
            np.array(["a"]),
            np.array([None]),
            np.zeros(2, "f4,i4"),
            np.zeros(2, "<f16"),
            np.zeros(1, "M8[s]"),
        ]
        + [np.zeros((0, 2**60), "u1"), np.zeros([1] * 40)]
    ),
    VALUES.map(lambda value: nested(value, 20)),
)
DOCUMENTS = documents(["array", "dict", "id", "value", "error"])


def nested(value: Any, levels: int) -> Any:
    for _ in range(levels):
        value = [value]
    return value


def read(data: bytes, bounds: protocol.Bounds = SMALL) -> Any:
    """What a reader makes of these bytes, followed by the end of the stream."""
    reader, writer = socket.socketpair()
    with reader, writer:
        writer.sendall(data)
        writer.close()
        return protocol.receive(reader, bounds, deadline=time.monotonic() + 20)


def same(a: Any, b: Any) -> bool:
    """Equal to the last bit, in this machine's byte order; tuples arrive as lists."""
    match a:
        case np.ndarray():
            native = a.astype(a.dtype.newbyteorder("="))
            return isinstance(b, np.ndarray) and (native.dtype, a.shape, native.tobytes()) == (b.dtype, b.shape, b.tobytes())
        case list() | tuple():
            return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
        case dict():
            return isinstance(b, dict) and a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
        case float():
            return type(b) is float and (struct.pack("d", a) == struct.pack("d", b) or math.isnan(a) and math.isnan(b))
    return type(a) is type(b) and bool(a == b)


def peak_of(act: Callable[[], Any]) -> int:
    """Bytes that were allocated at once while something was done, or tried in vain."""
    tracemalloc.start()
    try:
        act()
    except protocol.ProtocolError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak


@given(VALUES)
@example([np.ones((2, 3), ">f4"), np.zeros((0, 3)), -0.0, math.nan, math.inf, 2**64 - 1, -(2**63)])
@fuzz(120)
def test_values_arrive_as_they_were(value: Any) -> None:
    sent = b"".join(protocol.encode(value))
    assert same(value, read(sent, protocol.Bounds()))
    assert same(value, protocol.decode(*_parts(sent)))


def _parts(frame: bytes) -> tuple[bytes, list[bytearray]]:
    size, count = struct.unpack_from("!II", frame)
    lengths = struct.unpack_from(f"!{count}Q", frame, 8)
    at = 8 + 8 * count
    text, arrays = frame[at : at + size], []
    at += size
    for length in lengths:
        arrays.append(bytearray(frame[at : at + length]))
        at += length
    return text, arrays


@given(st.recursive(ODD | PLAIN, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2)))
@example(np.longdouble(1))
@example(10**4000)
@example("\ud800")
@fuzz(150)
def test_what_is_sent_arrives_and_all_else_cannot_be_sent(value: Any) -> None:
    try:
        sent = b"".join(protocol.encode(value))
    except TypeError:
        return
    read(sent, protocol.Bounds())


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    """JSON of any kind with arrays of any kind, its lengths true or not."""
    text = draw(DOCUMENTS.map(str.encode) | st.binary(max_size=30))
    arrays = draw(st.lists(ARRAYS.map(npy.dumps) | st.binary(max_size=80), max_size=3))
    lengths = [len(text), len(arrays), *map(len, arrays)]
    if draw(st.booleans()):
        at = draw(st.integers(0, len(lengths) - 1))
        lengths[at] = draw(st.sampled_from([0, 1, lengths[at] + 1, 2**14 + 1, 2**31, 2**32 - 1]))
    return struct.pack(f"!II{len(lengths) - 2}Q", *lengths) + text + b"".join(arrays)


@given(damaged(frames() | VALUES.map(lambda value: b"".join(protocol.encode(value)))) | st.binary(max_size=100))
@example(struct.pack("!II", 2**32 - 1, 0))
@example(struct.pack("!IIQ", 2, 1, 2**64 - 1))
@example(struct.pack("!II", 5000, 0) + b"[" * 5000)
@fuzz(250)
def test_any_bytes_are_a_value_or_a_protocol_error(data: bytes) -> None:
    try:
        value = read(data)
    except (protocol.ProtocolError, EOFError):
        return
    assert same(value, read(b"".join(protocol.encode(value)), protocol.Bounds())), "what was accepted could have been sent"


@given(DOCUMENTS, st.lists(ARRAYS.map(npy.dumps), max_size=2))
@example('{"dict":{"a":1,"a":2}}', [])
@example('{"dict":{"\\ud800":1}}', [])
@example('["\\udfff"]', [])
@example('{"array":true}', [npy.dumps(np.zeros(1))])
@fuzz(250)
def test_any_json_is_a_value_or_a_protocol_error(text: str, arrays: list[bytes]) -> None:
    try:
        value = protocol.decode(text.encode(), [bytearray(a) for a in arrays])
    except protocol.ProtocolError:
        return
    assert same(value, protocol.decode(*_parts(b"".join(protocol.encode(value)))))


SIDES = st.one_of(
    st.integers(0, 5).map(str), st.sampled_from(["-1", "007", "9" * 18, "9" * 19, "2**9", "True", "1.5", "len('a')", ""])
)
HEADERS = st.builds(
    "{{'descr': {}, 'fortran_order': {}, 'shape': ({}){} }}{}".format,
    st.sampled_from(
        [f"'{d}'" for d in (*TYPES, "|b1", "<f16", "|O", "<U3", "|S2", "<M8[s]", "|V4", "<f0", "u3", "b2", "<c32", "=f8")]
    )
    | st.sampled_from(["[('a', '<f4')]", "'<f4', 'descr': '|O'", "__import__('os').getcwd()", "'<f8'.strip()"]),
    st.sampled_from(["False", "True", "0", "None", "not False"]),
    st.lists(SIDES, max_size=4).map(", ".join) | st.lists(SIDES, max_size=4).map(lambda sides: "".join(f"{n}, " for n in sides)),
    st.sampled_from([",", "", ", 'more': 1,"]),
    st.sampled_from(["\n", "", " " * 20 + "\n", "\n\n", " " * 5000 + "\n", "\0\n", "#\n"]),
)


@st.composite
def arrays_as_files(draw: st.DrawFn) -> bytes:
    header = draw(HEADERS).encode()
    version = draw(st.sampled_from([1, 1, 1, 2, 3, 0, 9]))
    length = draw(st.sampled_from([len(header), len(header), len(header), 0, len(header) + 1, 2**16 - 1, 2**32 - 1]))
    packed = struct.pack("<H", min(length, 2**16 - 1)) if version < 2 else struct.pack("<I", length)
    body = draw(
        st.sampled_from([0, 1, 2, 4, 8, 16, 24, 48, 64, 96]).flatmap(lambda size: st.binary(min_size=size, max_size=size))
    )
    return b"\x93NUMPY" + bytes([version, draw(st.sampled_from([0, 0, 0, 1]))]) + packed + header + body


def _as_file(header: str, body: bytes) -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + body


@given(arrays_as_files() | damaged(ARRAYS.map(npy.dumps)) | damaged(arrays_as_files()))
@example(_as_file("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }\n", b"\xff\x01"))
@example(_as_file("{'descr': '<f16', 'fortran_order': False, 'shape': (1,), }\n", bytes(7) + b"@\x00@" + bytes(6)))
@example(_as_file("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 999999999999999999), }\n", b""))
@example(_as_file("{'descr': '<f8', 'fortran_order': False, 'shape': (3), }\n", bytes(24)))
@example(_as_file("{'descr': '>f8', 'fortran_order': True, 'shape': (3, 1), }\n", bytes(24)))
@fuzz(400)
def test_any_file_is_an_array_as_numpy_reads_it_or_a_value_error(data: bytes) -> None:
    try:
        array = npy.loads(data)
    except ValueError:
        return
    assert array.dtype.isnative
    assert array.flags.writeable
    assert math.prod(side or 1 for side in array.shape) * array.itemsize <= max(len(data), 2**26)
    assert same(np.load(io.BytesIO(data), allow_pickle=False), array)
    assert same(array, npy.loads(npy.dumps(array)))


@pytest.mark.parametrize(
    "unit", ["[],", "{},", '{"dict":{}},', '{"dict":{"":0}},', "[0],", "0.1,", '"ab",', '"é😀",', "12345,", '{"array":0},']
)
def test_what_json_takes_in_memory_is_bounded(unit: str) -> None:
    text = f"[{unit * (2**18 // len(unit))}0]".encode()
    array = npy.dumps(np.zeros(3))
    assert peak_of(lambda: protocol.decode(text, [bytearray(array)])) < 50 * len(text)


@given(
    st.lists(
        st.sampled_from(["[", "]", "{", "}", ",", ":", "0", '"a"', '"b":', '{"dict":{', "}}", "[[", "]]", "1.5"]), max_size=30
    )
)
@fuzz(60)
def test_what_odd_json_takes_in_memory_is_bounded(tokens: list[str]) -> None:
    unit = "".join(tokens)
    for text in (unit * 200, f"[{','.join([unit] * 200)}]", f'{{"dict":{{{unit * 200}}}}}'):
        assert peak_of(lambda text=text: protocol.decode(text.encode(), [])) < 50 * len(text) + 2**17


def test_arrays_take_their_bytes_once_more() -> None:
    parts = _parts(b"".join(protocol.encode([np.ones(2**20), np.ones((2, 2**20), ">f4"), np.ones(2**20, "?")])))
    assert peak_of(lambda: protocol.decode(*parts)) < 1.1 * sum(map(len, parts[1]))


@given(st.integers(0, 2**22), st.lists(st.integers(0, 2**29), max_size=256), st.binary(max_size=50))
@example(2**22, [2**29], b"")
@fuzz(100)
def test_lengths_that_lie_cost_nothing(size: int, lengths: list[int], data: bytes) -> None:
    frame = struct.pack(f"!II{len(lengths)}Q", size, len(lengths), *lengths) + data
    assert peak_of(lambda: read(frame, protocol.Bounds())) < 4 * 2**20


def ask(answer: Callable[[str], list[bytes]], pause_s: float = 0.0, timeout_s: float = 20.0) -> Any:
    """What a call comes to when the process at the other end writes this, given the question's identifier, and hangs up."""
    ours, theirs = socket.socketpair()

    def reply() -> None:
        try:
            protocol.receive(theirs, protocol.Bounds())
            question = protocol.receive(theirs, protocol.Bounds())
            for piece in answer(question["id"]):
                theirs.sendall(piece)
                time.sleep(pause_s)
            theirs.close()
        except (OSError, protocol.ProtocolError):
            pass

    other = threading.Thread(target=reply)
    with ours, theirs:
        other.start()
        probe = Probe(ours, "", SMALL, time.monotonic() + 60, lambda: "")
        try:
            value = probe.call("f", timeout_s=timeout_s)
            probe.finish()
            return value
        finally:
            ours.close()
            other.join()


@given(DOCUMENTS, DOCUMENTS, st.lists(ARRAYS.map(npy.dumps), max_size=2), st.lists(st.integers(0, 300), max_size=3))
@example('{"dict":{"id":{"array":0},"value":1}}', "0", [npy.dumps(np.zeros(2))], [])
@example('{"dict":{"id":"ID","value":{"array":0}}}', "0", [npy.dumps(np.zeros(2))], [])
@fuzz(100, cost=4)
def test_any_answer_of_a_probe_is_a_value_or_a_probe_error(whole: str, value: str, arrays: list[bytes], cuts: list[int]) -> None:
    for text in (whole, f'{{"dict":{{"id":"ID","value":{value}}}}}', f'{{"dict":{{"error":{value},"id":"ID"}}}}'):

        def answer(identifier: str, text: str = text) -> list[bytes]:
            data = text.replace('"ID"', json.dumps(identifier)).encode()
            head = struct.pack(f"!II{len(arrays)}Q", len(data), len(arrays), *map(len, arrays))
            return pieces(head + data + b"".join(arrays), cuts)

        try:
            ask(answer)
        except ProbeError as error:
            said = str(error)
        else:
            continue
        assert said.isprintable()
        assert len(said) < 30_000


def test_an_array_in_the_place_of_a_plain_value_is_a_wrong_answer() -> None:
    def answer(identifier: str) -> list[bytes]:
        return protocol.encode({"id": identifier, "value": [np.zeros(2), np.ones((0, 5)), np.arange(6.0).reshape(2, 3)]})

    for array in ask(answer):
        assert True not in (array == 0, array == [], 0 in [array], array == array.copy())
        with pytest.raises(SubmissionError, match="where none is expected"):
            bool(array > -1)
        ordinary = expect_array(array, array.shape)
        assert type(ordinary) is np.ndarray
        assert np.array_equal(array, ordinary)


def test_an_answer_that_drips_is_given_up_at_the_deadline() -> None:
    frame = b"".join(protocol.encode("x" * 4000))
    began = time.monotonic()
    with pytest.raises(ProbeError, match="no answer in time"):
        ask(lambda _: [bytes([byte]) for byte in frame], pause_s=0.005, timeout_s=0.3)
    assert time.monotonic() - began < 15, "all of it would take 20 s"


def test_a_probe_that_speaks_unasked_or_after_its_answer_is_no_longer_believed() -> None:
    with pytest.raises(ProbeError, match="without being asked"):
        ask(lambda identifier: [*protocol.encode({"id": identifier, "value": 1}), b"x"])
