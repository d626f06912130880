"""What a node lends to the commands of its trials: CPUs and GPUs, first come first served."""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Sequence
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


@dataclass(eq=False)
class _Request:
    cpus: float
    gpus: float
    granted: anyio.Event = field(default_factory=anyio.Event)
    lease: Lease | None = None


class NodeBroker:
    """One queue for CPUs and one for GPUs, each strictly first come first served, so that nothing starves.

    A GPU lease takes no CPUs from the pool, so neither queue ever waits on the other. A request for more CPUs than the node has
    is cut to the node; one for more GPUs is an error. GPUs may be asked for in fractions below 1, which share a device, or whole.
    """

    def __init__(self, cpus: float, gpus: Sequence[str] = ()) -> None:
        self._total = self._free = cpus
        self._devices = dict.fromkeys(gpus, 1.0)
        self._cpu_queue: deque[_Request] = deque()
        self._gpu_queue: deque[_Request] = deque()
        self._ids = itertools.count()
        self._out: dict[str, Lease] = {}

    async def acquire(self, cpus: float, gpus: float, trial: str) -> Lease:
        request = _Request(min(cpus, self._total), gpus if gpus < 1 else math.ceil(gpus))
        if request.gpus > len(self._devices):
            raise UserError(
                f"a command asks for {gpus:g} GPU and this node has {len(self._devices)}; ask for fewer, or use another node"
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
        fitting = [device for device, free in self._devices.items() if free + _EPSILON >= min(gpus, 1.0)]
        fitting.sort(key=lambda device: self._devices[device])
        wanted = max(1, int(gpus))
        return tuple(fitting[:wanted]) if len(fitting) >= wanted else ()

    def _lend(self, request: _Request, devices: tuple[str, ...]) -> None:
        request.lease = Lease(f"lease-{next(self._ids)}", request.cpus, devices, request.gpus)
        self._out[request.lease.id] = request.lease
        request.granted.set()

    def _take_back(self, lease: Lease) -> None:
        if self._out.pop(lease.id, None) is None:
            return
        if not lease.devices:
            self._free += lease.cpus
        for device in lease.devices:
            self._devices[device] += min(lease.gpus, 1.0)
