"""Between trusted processes: what is no message ends the conversation, as if the other side were gone."""

from __future__ import annotations

import json
import socket
import threading
from typing import Any

import anyio
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mldevbench.grading import channel
from mldevbench.grading.messages import Messages
from mldevbench.grading.warm import Forked, WarmUnavailable, forked
from tests.fuzz.support import JSON, damaged, documents, fuzz, pieces
from tests.fuzz.test_files import place

LINES = st.lists(documents(["op", "failed", "status"]).map(lambda text: text.encode() + b"\n"), max_size=3).map(b"".join)


@given(damaged(LINES) | st.binary(max_size=40), st.lists(st.integers(0, 200), max_size=3))
@example(b"[]\n", [])
@example(b"[" * 20_000 + b"\n", [])
@example(b"9" * 70_000 + b"\n", [])
@fuzz(150)
def test_any_bytes_are_messages_and_then_the_end(data: bytes, cuts: list[int]) -> None:
    async def listen() -> list[Any]:
        ours, theirs = socket.socketpair()
        heard: list[Any] = []
        theirs.sendall(data)
        theirs.close()
        with Messages(ours) as messages:
            while True:
                try:
                    heard.append(await messages.receive())
                except EOFError:
                    return heard

    assert all(isinstance(message, dict) for message in anyio.run(listen))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for piece in pieces(data, cuts):
            theirs.sendall(piece)
        theirs.shutdown(socket.SHUT_WR)
        try:
            message, fds = channel.receive(ours)
        except EOFError:
            return
        assert isinstance(message, dict)
        assert fds == []


@given(st.dictionaries(st.text(st.characters(exclude_categories=()), max_size=5), JSON, max_size=4))
@fuzz(80)
def test_messages_arrive_as_they_were(message: dict[str, Any]) -> None:
    line = channel.encode(message)
    assert line.count(b"\n") == 1
    assert json.dumps(channel.decode(line)) == json.dumps(json.loads(json.dumps(message)))


@given(LINES | st.binary(max_size=30))
@example(b'{"started": true}\n')
@example(b"[]\n")
@fuzz(60, cost=10)
def test_any_answer_of_a_warm_process_is_a_child_or_a_cold_start(data: bytes) -> None:
    with place() as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "warm"))
        listener.listen()

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(2**16)
                connection.sendall(data)

        async def ask() -> None:
            try:
                async with forked(folder / "warm", {"op": "grade"}, []) as child:
                    assert isinstance(child, Forked)
                    await child.lost()
            except WarmUnavailable:
                pass

        other = threading.Thread(target=answer)
        other.start()
        anyio.run(ask)
        other.join()


def test_too_much_is_refused() -> None:
    async def listen() -> None:
        ours, theirs = socket.socketpair()
        with theirs, Messages(ours) as messages:
            theirs.sendall(b"x" * 70_000)
            await messages.receive()

    with pytest.raises(EOFError):
        anyio.run(listen)
