"""The leases of one trial: at most one for CPUs and one for GPUs, shared by its commands.

Sharing, and giving back what is held before waiting for more, keep two trials (and two commands of one trial that talk to each
other) from waiting on each other for ever.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio

from mldevbench.clock import Awaited, Busy, TrialClock
from mldevbench.sandbox.broker import Broker, Lease

AT_ONCE_S = 0.05
"""How long a lease may take before commands are paused for it."""

Signal = Callable[[str, list[int]], Awaitable[None]]


class TrialLeases:
    """`signal("pause" | "resume", ids)` stops and continues the process trees of commands."""

    def __init__(self, broker: Broker, trial: str, clock: TrialClock, signal: Signal) -> None:
        self._broker, self._trial, self._clock, self._signal = broker, trial, clock, signal
        self._changing = anyio.Lock()
        self._riders: dict[int, float] = {}
        self._cpu: Lease | None = None
        self._asked = 0.0
        self._gpu: Lease | None = None
        self._gpu_since = 0.0
        self._gpu_users = 0
        self._gpu_held = 0.0
        self.gpu_work = Busy(lambda: time.monotonic() - self.waited_s)
        """Open it while a command runs that has asked for GPUs: it counts the seconds in which one does that is not paused."""
        self._waiting_since: float | None = None
        self._waited = 0.0

    @property
    def waited_s(self) -> float:
        """Seconds in which this trial has waited for a lease."""
        return self._waited + (0.0 if self._waiting_since is None else time.monotonic() - self._waiting_since)

    @property
    def gpu_held_s(self) -> float:
        """GPU seconds that this trial was lent, a part of a GPU counting as a part."""
        now = (time.monotonic() - self._gpu_since) * self._gpu.gpus if self._gpu else 0.0
        return self._gpu_held + now

    @asynccontextmanager
    async def cpus(self, command: int, cpus: float) -> AsyncIterator[None]:
        """A running command under the trial's CPU lease; it is paused while that cannot be had."""
        self._riders[command] = cpus
        try:
            if self._waiting_since is not None:
                await self._signal("pause", [command])
            async with self._changing:
                await self._cover()
            yield
        finally:
            del self._riders[command]
            if not self._riders and not self._changing.locked():
                await self._give_back()

    async def take_gpus(self, gpus: float, cpus: float, *, lend: bool) -> tuple[str, ...] | None:
        """For a command that asks for GPUs, until `drop_gpus`: the devices of the trial's lease.

        A command that comes while there is one shares it, whatever it asks for. None if the trial holds its GPUs (not `lend`).
        """
        async with self._changing:
            if lend and self._gpu is None:
                self._gpu = await self._acquire(cpus, gpus)
                self._gpu_since = time.monotonic()
            devices = self._gpu.devices if self._gpu else None
            self._gpu_users += 1
            try:
                await self._cover()
            except BaseException:
                await self.drop_gpus()
                raise
            return devices

    async def drop_gpus(self) -> None:
        self._gpu_users -= 1
        if self._gpu_users == 0 and self._gpu is not None:
            self._gpu_held, lease, self._gpu = self.gpu_held_s, self._gpu, None
            await self._release(lease)

    async def _cover(self) -> None:
        """A CPU lease that is large enough for the largest command."""
        while self._riders and (self._cpu is None or self._asked < max(self._riders.values())):
            await self._give_back()
            self._asked = max(self._riders.values())
            self._cpu = await self._acquire(self._asked, 0.0)
        if not self._riders:
            await self._give_back()

    async def _acquire(self, cpus: float, gpus: float) -> Lease:
        got: list[Lease] = []
        errors: list[Exception] = []
        done = anyio.Event()

        async def ask() -> None:
            try:
                got.append(await self._broker.acquire(cpus, gpus, self._trial))
            except Exception as error:
                errors.append(error)
            done.set()

        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(ask)
                with anyio.move_on_after(AT_ONCE_S):
                    await done.wait()
                if not done.is_set():
                    await self._give_back()
                    async with self._waiting("gpu" if gpus else "cpu"):
                        await done.wait()
        except BaseException:
            for lease in got:
                await self._release(lease)
            raise
        if errors:
            raise errors[0]
        return got[0]

    @asynccontextmanager
    async def _waiting(self, what: Awaited) -> AsyncIterator[None]:
        self._waiting_since = time.monotonic()
        try:
            with self._clock.waiting(what):
                await self._signal("pause", list(self._riders))
                yield
        finally:
            self._waited += time.monotonic() - self._waiting_since
            self._waiting_since = None
            with anyio.CancelScope(shield=True):
                await self._signal("resume", list(self._riders))

    async def _give_back(self) -> None:
        lease, self._cpu = self._cpu, None
        if lease is not None:
            await self._release(lease)

    async def _release(self, lease: Lease) -> None:
        with anyio.CancelScope(shield=True):
            await self._broker.release(lease)
