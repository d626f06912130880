"""What a node lends to the commands of its trials: CPUs and GPUs, first come first served."""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

import anyio

from mldevbench.outcome import UserError

_EPSILON = 1e-9


@dataclass(frozen=True, slots=True)
class Lease:
    """What was lent: CPUs (already clamped to the node) and GPU identifiers as for CUDA_VISIBLE_DEVICES."""

    id: str
    cpus: float
    devices: tuple[str, ...] = ()
    gpus: float = 0.0


class Broker(Protocol):
    """Lends a node's CPUs and GPUs. A caller that holds a lease must not wait for another one, or two can wait on each other."""

    async def acquire(self, cpus: float, gpus: float, trial: str) -> Lease:
        """Waits its turn. Cancelling the wait leaves nothing behind."""
        ...

    async def release(self, lease: Lease) -> None: ...


@asynccontextmanager
async def lent(broker: Broker, cpus: float, gpus: float, trial: str) -> AsyncIterator[Lease]:
    """A lease for as long as the context is open."""
    lease = await broker.acquire(cpus, gpus, trial)
    try:
        yield lease
    finally:
        with anyio.CancelScope(shield=True):
            await broker.release(lease)


@dataclass(eq=False)
class _Request:
    id: str
    cpus: float
    gpus: float
    granted: anyio.Event = field(default_factory=anyio.Event)
    lease: Lease | None = None


class NodeBroker:
    """One queue for CPUs and one for GPUs, each strictly first come first served, so that nothing starves.

    A GPU lease takes no CPUs from the pool, so neither queue ever waits on the other. A request for more CPUs than the node has
    is cut to the node; one for more GPUs than `most_gpus` is an error. GPUs may be asked for in fractions below 1, which share a
    device, or whole. Devices may come and go (`add`, `remove`), up to `most_gpus` of them (those of the start, if not said).
    """

    def __init__(self, cpus: float, gpus: Sequence[str] = (), most_gpus: float | None = None) -> None:
        self._total = self._free = cpus
        self._devices = dict.fromkeys(gpus, 1.0)
        self._most_gpus = len(self._devices) if most_gpus is None else most_gpus
        self._leaving: dict[str, Callable[[], None]] = {}
        self._cpu_queue: deque[_Request] = deque()
        self._gpu_queue: deque[_Request] = deque()
        self._ids = itertools.count()
        self._out: dict[str, Lease] = {}

    async def acquire(self, cpus: float, gpus: float, trial: str) -> Lease:
        request = _Request(f"lease-{next(self._ids)}", min(cpus, self._total), gpus if gpus < 1 else math.ceil(gpus))
        if request.gpus > self._most_gpus:
            raise UserError(
                f"a command asks for {gpus:g} GPU and this node has {self._most_gpus:g}; ask for fewer, or use another node"
            )
        queue = self._gpu_queue if gpus > 0 else self._cpu_queue
        queue.append(request)
        self._grant()
        try:
            await request.granted.wait()
        except BaseException:
            if request.lease is None:
                queue.remove(request)
            else:
                self._take_back(request.lease)
            self._grant()
            raise
        assert request.lease is not None
        return request.lease

    async def release(self, lease: Lease) -> None:
        self._take_back(lease)
        self._grant()

    @property
    def idle_devices(self) -> list[str]:
        """Those of which nothing is lent."""
        return [device for device, free in self._devices.items() if free > 1 - _EPSILON]

    @property
    def leaving_devices(self) -> list[str]:
        """Those that are lent no more, and not all given back."""
        return list(self._leaving)

    @property
    def waiting_for_gpus(self) -> frozenset[str]:
        """The requests for GPUs that wait now."""
        return frozenset(request.id for request in self._gpu_queue)

    @property
    def missing_devices(self) -> int:
        """How many more devices those who wait for GPUs now could use."""
        whole = sum(int(r.gpus) for r in self._gpu_queue if r.gpus >= 1)
        parts = sum(r.gpus for r in self._gpu_queue if r.gpus < 1)
        idle = len([d for d in self.idle_devices if d not in self._leaving])
        return max(0, whole + math.ceil(parts - _EPSILON) - idle)

    def add(self, device: str) -> None:
        self._devices[device] = 1.0
        self._grant()

    def remove(self, device: str, then: Callable[[], None]) -> None:
        """Lends no more of a device; `then` is called once all of it has been given back."""
        if device in self._devices:
            self._leaving[device] = then
            self._let_go()

    def _grant(self) -> None:
        while self._cpu_queue and self._cpu_queue[0].cpus <= self._free + _EPSILON:
            request = self._cpu_queue.popleft()
            self._free -= request.cpus
            self._lend(request, ())
        while self._gpu_queue and (devices := self._free_devices(self._gpu_queue[0].gpus)):
            request = self._gpu_queue.popleft()
            for device in devices:
                self._devices[device] -= min(request.gpus, 1.0)
            self._lend(request, devices)

    def _free_devices(self, gpus: float) -> tuple[str, ...]:
        """Enough devices for a request, or none; a fraction goes to the fullest device that can take it."""
        enough = min(gpus, 1.0) - _EPSILON
        fitting = [d for d, free in self._devices.items() if free >= enough and d not in self._leaving]
        fitting.sort(key=lambda device: self._devices[device])
        wanted = max(1, int(gpus))
        return tuple(fitting[:wanted]) if len(fitting) >= wanted else ()

    def _lend(self, request: _Request, devices: tuple[str, ...]) -> None:
        request.lease = Lease(request.id, request.cpus, devices, request.gpus)
        self._out[request.lease.id] = request.lease
        request.granted.set()

    def _take_back(self, lease: Lease) -> None:
        if self._out.pop(lease.id, None) is None:
            return
        if not lease.devices:
            self._free += lease.cpus
        for device in lease.devices:
            self._devices[device] += min(lease.gpus, 1.0)
        self._let_go()

    def _let_go(self) -> None:
        for device in [d for d in self.idle_devices if d in self._leaving]:
            del self._devices[device]
            self._leaving.pop(device)()
