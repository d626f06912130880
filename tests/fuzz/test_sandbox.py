"""Agent code may own the other end of the runner's socket: whatever it says is a result, an error of the agent's, and bounded."""

from __future__ import annotations

import json
import os
import socket
import struct
import time
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mldevbench.clock import TrialClock
from mldevbench.outcome import AgentError
from mldevbench.sandbox import NodeBroker, SandboxLimits, SandboxSpec
from mldevbench.sandbox import channel as channel_module
from mldevbench.sandbox import session as session_module
from mldevbench.sandbox.background import background
from mldevbench.sandbox.cage import Where
from mldevbench.sandbox.cgroups import Group
from mldevbench.sandbox.channel import Channel, ChannelBroken, Message
from mldevbench.sandbox.session import Session
from tests.fuzz.support import damaged, documents, fuzz, pieces

OUTPUT = 200
HEADERS = documents(["ev", "id", "code", "dropped", "errno", "text", "port", "out", "exit", "gone", "reply", "data"])


class Ended:
    """In the place of a cage: only says whether it was ended."""

    where = Where("/workspace", "/home/agent", "/tmp")
    variables: dict[str, str] = {}
    memory_peak = 0
    group = Group([])

    def __init__(self) -> None:
        self.killed = False

    def kill(self) -> None:
        self.killed = True

    def signal(self, what: str, keepers: set[int]) -> None:
        pass


def frame(header: str, body: bytes = b"") -> bytes:
    payload = header.encode() + b"\n" + body
    return struct.pack("!I", len(payload)) + payload


IDS = st.sampled_from([1, 1, 1, 2, 3, 0, -1, 2**63, 2**64, 1.0, "1", None, True, [1]])
KINDS = st.sampled_from(["reply", "reply", "data", "out", "exit", "gone", "ready", "", None, 7])
EVENTS = st.fixed_dictionaries(
    {"ev": KINDS, "id": IDS},
    optional={
        "code": IDS,
        "dropped": IDS,
        "errno": st.sampled_from([0, 2, 11, 17, 110, 2**62, -1, "2"]),
        "text": st.text(max_size=5),
    },
).map(json.dumps)
FRAMES = st.builds(frame, EVENTS | HEADERS, st.binary(max_size=40) | st.sampled_from([b"", b"x" * OUTPUT, b"x" * 70_000]))
RUN = [frame(json.dumps({"ev": kind, "id": 1}), body) for kind, body in (("out", b"hello"), ("exit", b""), ("gone", b""))]
STREAMS = st.lists(FRAMES | st.sampled_from(RUN), max_size=6).map(b"".join)
ANYTHING = damaged(STREAMS) | STREAMS | st.binary(max_size=60)


@given(ANYTHING, st.lists(st.integers(0, 400), max_size=3))
@example(struct.pack("!I", 2**32 - 1) + b"x" * 1000, [])
@example(struct.pack("!I", 0), [])
@fuzz(200, cost=2)
def test_any_bytes_are_messages_and_then_a_broken_channel(data: bytes, cuts: list[int]) -> None:
    async def listen() -> list[Message]:
        ours, theirs = socket.socketpair()
        channel, heard = Channel(ours), []
        with theirs:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(say, theirs, pieces(data, cuts))
                while True:
                    try:
                        heard.append(await channel.receive())
                    except ChannelBroken:
                        break
                tasks.cancel_scope.cancel()
        channel.close()
        return heard

    for message in anyio.run(listen):
        assert isinstance(message.kind, str)
        assert len(message.text) <= 1000
        for number in (message.id, message.code, message.dropped, message.errno, message.port):
            assert type(number) is int
            assert 0 <= number < 2**63


async def say(sock: socket.socket, parts: list[bytes], *, hang_up: bool = True) -> None:
    sock.setblocking(False)
    for part in parts:
        rest = memoryview(part)
        while rest:
            try:
                rest = rest[sock.send(rest) :]
            except BlockingIOError:
                await anyio.wait_writable(sock)
            except OSError:
                return
        await anyio.lowlevel.checkpoint()
    if hang_up:
        sock.shutdown(socket.SHUT_WR)


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[Session, Ended, socket.socket]]:
    """A session with nothing behind it but the other end of its socket."""
    ours, theirs = socket.socketpair()
    channel, cage = Channel(ours), Ended()
    spec = SandboxSpec(Path("/workspace"), Path("/usr/bin/python3"), limits=SandboxLimits(output=OUTPUT))
    with theirs:
        async with background() as tasks:
            session = Session(spec, "bwrap", cage, channel, tasks, NodeBroker(1), TrialClock(), 2.0)  # type: ignore[arg-type]
            tasks.start_soon(session.listen)
            yield session, cage, theirs
            session.fail(AgentError("closed"))
        channel.close()


ACTS: dict[str, Callable[[Session], Awaitable[Any]]] = {
    "exec": lambda session: session.exec("true"),
    "exec for a while": lambda session: session.exec("true", timeout_s=0.05),
    "read": lambda session: session.read_file("a", max_bytes=100),
    "write": lambda session: session.write_file("a", b"x" * 100),
    "ping": lambda session: session.ping(),
}


@given(st.sampled_from(sorted(ACTS)), ANYTHING, st.lists(st.integers(0, 400), max_size=2))
@example("exec", b"".join(RUN), [])
@example("exec", RUN[1] + RUN[0], [])
@example("read", frame('{"ev":"reply","id":1,"errno":11}'), [])
@example("ping", frame('{"ev":"reply","id":1}', b"x" * 70_000), [])
@fuzz(200, cost=2)
def test_any_answers_are_a_result_or_the_agents_fault(act: str, data: bytes, cuts: list[int]) -> None:
    async def run() -> None:
        async with opened() as (session, cage, other):
            with anyio.fail_after(10):
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(say, other, pieces(data, cuts))
                    try:
                        result = await ACTS[act](session)
                    except AgentError:
                        assert cage.killed
                    except (OSError, ValueError):
                        assert act in ("read", "write")
                    else:
                        assert act in ("write", "ping") or len(result if isinstance(result, bytes) else result.output) <= OUTPUT

    anyio.run(run)


def test_what_real_answers_come_to() -> None:
    async def run() -> tuple[Any, Any]:
        async with opened() as (session, _, other):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(lambda: say(other, RUN, hang_up=False))
                result = await session.exec("echo hello")
                tasks.start_soon(
                    lambda: say(other, [frame('{"ev":"data","id":2}', b"ab"), frame('{"ev":"reply","id":2}')], hang_up=False)
                )
                return result, await session.read_file("a")

    result, content = anyio.run(run)
    assert (result.exit_code, result.output, content) == (0, b"hello", b"ab")


ENDLESS = {
    "answers to nobody": '{"ev":"reply","id":99}',
    "pieces of nothing": '{"ev":"data","id":1}',
    "output without end": '{"ev":"out","id":1}',
    "unfinished": None,
}


@pytest.mark.parametrize("flood", ENDLESS)
@pytest.mark.parametrize("act", ["exec", "read"])
def test_a_flood_ends_the_sandbox_and_fills_no_memory(flood: str, act: str) -> None:
    header = ENDLESS[flood]
    unit = frame(header) if header else struct.pack("!I", 60_000) + b"x"

    async def run() -> None:
        async with opened() as (session, cage, other):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(say, other, [unit * 1000] * 1000)
                with anyio.fail_after(10), pytest.raises(AgentError):
                    await ACTS[act](session)
                tasks.cancel_scope.cancel()
            assert cage.killed

    tracemalloc.start()
    try:
        anyio.run(run)
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    finally:
        tracemalloc.stop()


def test_one_who_does_not_read_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_module, "SEND_S", 0.3)

    async def run() -> float:
        began = time.monotonic()
        async with opened() as (session, cage, _):
            with pytest.raises(AgentError, match="does not read"):
                await session.write_file("a", bytes(8 * 2**20))
            assert cage.killed
        return time.monotonic() - began

    assert anyio.run(run) < 50, "the bound is 60 s by default"


def test_a_limit_of_the_trial_ends_a_message_that_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_module, "SEND_S", 0.5)

    async def run() -> float:
        began = time.monotonic()
        async with opened() as (session, _, _other):
            with anyio.move_on_after(0.1), pytest.raises(AgentError, match="does not read"):
                await session.exec("cat", stdin=bytes(8 * 2**20))
        return time.monotonic() - began

    assert anyio.run(run) < 50, "the bound is 60 s by default"


def test_one_who_reads_and_keeps_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "ANSWER_S", 0.2)

    async def run() -> None:
        async with opened() as (session, cage, _):
            with anyio.fail_after(50), pytest.raises(AgentError, match="does not answer"):
                await session.ping()
            assert cage.killed

    anyio.run(run)


def test_an_answer_that_comes_when_nobody_waits_any_more_is_no_fault() -> None:
    async def run() -> None:
        async with opened() as (session, cage, other):
            with anyio.move_on_after(0.05):
                await session.read_file("a")
            await say(other, [frame('{"ev":"data","id":1}', b"late"), frame('{"ev":"reply","id":1}')], hang_up=False)
            await anyio.sleep(0.05)
            assert not cage.killed

    anyio.run(run)


def test_descriptors_that_are_sent_along_are_not_kept() -> None:
    async def run() -> int:
        async with opened() as (session, _, other):
            before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
            for number in range(1, 9):
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(session.ping)
                    await anyio.sleep(0.01)
                    socket.send_fds(other, [frame(json.dumps({"ev": "reply", "id": number}))], [other.fileno()] * 50)
            return len(os.listdir("/proc/self/fd")) - before  # noqa: PTH208

    assert anyio.run(run) <= 0
