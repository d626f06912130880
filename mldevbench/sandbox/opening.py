"""Opening a sandbox for a trial."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

import anyio

from mldevbench.clock import TrialClock
from mldevbench.outcome import AgentError, InfraError
from mldevbench.sandbox.background import background
from mldevbench.sandbox.base import SandboxSpec
from mldevbench.sandbox.broker import Broker
from mldevbench.sandbox.cage import START_S, Cage
from mldevbench.sandbox.channel import Channel, ChannelBroken
from mldevbench.sandbox.kinds import tier_named
from mldevbench.sandbox.session import Session
from mldevbench.sandbox.start import Program, open_cage
from mldevbench.sandbox.watchdog import watch

FREE_S = 2.0
"""A command that is shorter than this needs no CPU lease."""
PING_S = 5.0


@asynccontextmanager
async def open_sandbox(
    spec: SandboxSpec, *, tier: str, broker: Broker, clock: TrialClock, free_s: float = FREE_S
) -> AsyncIterator[Session]:
    """A sandbox for one trial. Leaving the context ends every process inside, also when it is cancelled.

    Enter it on the event loop's thread: the sandbox dies with the thread that started it. Raises InfraError when it cannot be
    started; that is before any agent code runs.
    """
    with ExitStack() as stack:
        ours, theirs = socket.socketpair()
        stack.callback(theirs.close)
        channel = Channel(ours)
        stack.callback(channel.close)  # the listener too
        port = None
        if spec.door and not tier_named(tier).namespaces:
            channel.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
            channel.listener.setblocking(False)
            port = channel.listener.getsockname()[1]
        async with open_cage(spec, tier, Program(control=theirs.fileno(), port=port)) as cage:
            theirs.close()
            await _await_server(channel, cage)
            cage.running()
            async with background() as tasks:
                session = Session(spec, tier, cage, channel, tasks, broker, clock, free_s)
                tasks.start_soon(session.listen)
                tasks.start_soon(watch, cage, spec.limits, session.fail)
                tasks.start_soon(_ping, session)
                try:
                    yield session
                finally:
                    session.fail(AgentError("the sandbox is closed"))


async def _await_server(channel: Channel, cage: Cage) -> None:
    reason = "no answer"
    with anyio.move_on_after(START_S):
        try:
            await channel.hello()
            return
        except (ChannelBroken, OSError) as error:
            reason = str(error)
    raise InfraError("sandbox_start", f"the sandbox did not start: {cage.complaint() or reason}")


async def _ping(session: Session) -> None:
    """A damaged exec server that only keeps silent must not make its commands look endless."""
    try:
        while session.failure is None:
            await anyio.sleep(PING_S)
            await session.ping()
    except AgentError:
        pass
