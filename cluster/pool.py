"""The pool of trial actors: grows while trials wait and Ray can place more, reuses warm actors, retires them after a while."""

from __future__ import annotations

import math
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import anyio
import ray
from anyio.abc import TaskGroup

from cluster.broker_actor import start_services
from cluster.connect import NodeInfo, nodes
from cluster.trial_actor import ActorConfig, Started, TrialActor
from mldevbench.outcome import InfraError
from mldevbench.report.text import last_line
from mldevbench.spec import Resources
from mldevbench.watching import Actors

MOST_SLOTS = 8
"""Trials that one actor without a GPU runs at a time: an agent mostly waits for its model."""
RETIRE_AFTER = 100
"""Trials after which an actor is replaced, so that no leak of a library can grow for days."""
NODES_FOR_S = 5.0
"""How long a list of the nodes is good for sizing new actors."""


@dataclass(slots=True)
class Worker:
    """One trial actor. `handle.run` runs a trial in one of its slots. `node` is the host name, once it is ready."""

    name: str
    handle: Any
    shape: Resources
    slots: int
    services: Any = None
    node_id: str = ""
    node: str = ""
    busy: int = 0
    served: int = 0
    ready: bool = False
    dead: bool = False

    @property
    def free(self) -> bool:
        return self.ready and not self.dead and self.busy < self.slots and self.served < RETIRE_AFTER


@dataclass(slots=True)
class _Request:
    shape: Resources
    granted: anyio.Event = field(default_factory=anyio.Event)
    worker: Worker | None = None
    error: InfraError | None = None


class PoolClosed(Exception):
    """No more trials are started: whoever waited for a slot goes away without one."""


class Pool:
    """Use as an async context manager. `on_started` is given what each new actor says of itself."""

    def __init__(self, config: ActorConfig, concurrency: int, on_started: Callable[[Worker, Started], Awaitable[None]]) -> None:
        self._config = config
        self._concurrency = concurrency
        self._on_started = on_started
        self._workers: list[Worker] = []
        self._waiting: deque[_Request] = deque()
        self._services: dict[str, tuple[Any, str | None]] = {}
        self._services_lock = anyio.Lock()
        self.tasks: TaskGroup
        self._known_nodes: list[NodeInfo] = []
        self._nodes_at = -math.inf
        self._made = 0
        self._closed = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Pool]:
        """Closing it ends every actor."""
        async with anyio.create_task_group() as self.tasks:
            try:
                yield self
            finally:
                self.tasks.cancel_scope.cancel()
                for worker in self._workers:
                    ray.kill(worker.handle)
                for services, _ in self._services.values():
                    ray.kill(services)

    @asynccontextmanager
    async def slot(self, shape: Resources) -> AsyncIterator[Worker]:
        """A slot of an actor of this shape; waits for one, in the order of asking. Raises InfraError when none can start."""
        if self._closed:
            raise PoolClosed
        request = _Request(shape)
        self._waiting.append(request)
        self._dispatch()
        try:
            await request.granted.wait()
        except BaseException:
            self._abandon(request)
            raise
        if request.error is not None:
            raise request.error
        if request.worker is None:
            raise PoolClosed
        worker = request.worker
        try:
            yield worker
        finally:
            worker.busy -= 1
            self._dispatch()

    async def lost(self, worker: Worker, *, with_services: bool = False) -> None:
        """The actor (and the services of its node) cannot be used any more: its slots are gone, its leases go back."""
        if worker.dead:
            return
        self._retire(worker)
        services, _ = self._services.get(worker.node_id, (None, None))
        if services is worker.services and with_services:
            del self._services[worker.node_id]
            ray.kill(services)
        elif services is not None:
            services.forget.remote(worker.name)
        self._dispatch()

    def close(self) -> None:
        """Grants no more slots; trials that have one go on."""
        self._closed = True
        for request in list(self._waiting):
            self._grant(request)

    async def cancel_trials(self) -> None:
        """Asks every actor to end its trials early."""
        for worker in self._workers:
            worker.handle.cancel.remote()

    def census(self) -> list[Actors]:
        """The actors there are, shape by shape."""
        return [
            Actors(str(shape), sum(not w.ready for w in mine), sum(w.ready for w in mine), sum(w.busy for w in mine))
            for shape in dict.fromkeys(w.shape for w in self._workers)
            if (mine := [w for w in self._workers if w.shape == shape])
        ]

    def _abandon(self, request: _Request) -> None:
        if request.worker is not None:
            request.worker.busy -= 1
        elif request in self._waiting:
            self._waiting.remove(request)
        self._dispatch()

    def _dispatch(self) -> None:
        """Grants slots in order, then makes or retires actors for what still waits."""
        for spent in [w for w in self._workers if w.ready and not w.busy and w.served >= RETIRE_AFTER]:
            self._retire(spent)
        full: set[Resources] = set()
        for request in list(self._waiting):
            if request.shape in full:
                continue  # there may be thousands
            request.worker = next((w for w in self._workers if w.shape == request.shape and w.free), None)
            if request.worker is None:
                full.add(request.shape)
                continue
            request.worker.busy += 1
            request.worker.served += 1
            self._grant(request)
        wanted = Counter(r.shape for r in self._waiting)
        for shape, waiting in wanted.items():
            mine = [w for w in self._workers if w.shape == shape]
            slots = slots_of(shape, self._nodes())
            missing = math.ceil(waiting / slots) - sum(not w.ready for w in mine)
            for _ in range(min(missing, math.ceil(self._concurrency / slots) - len(mine))):
                self._start(shape, slots)
        self._make_room(wanted)

    def _nodes(self) -> list[NodeInfo]:
        """The nodes as they were a moment ago: Ray takes a while to list many, and every trial asks twice."""
        if time.monotonic() > self._nodes_at + NODES_FOR_S:
            self._known_nodes, self._nodes_at = nodes(), time.monotonic()
        return self._known_nodes

    def _make_room(self, wanted: Mapping[Resources, int]) -> None:
        """Ray places a new actor when there is room: idle ones of other shapes go, and so do new ones that nobody needs now."""
        unplaced = [w for w in self._workers if not w.node_id]
        for worker in [w for w in unplaced if w.shape not in wanted]:
            self._retire(worker)
        pending = {w.shape for w in unplaced} & set(wanted)
        if pending:
            for worker in [w for w in self._workers if w.ready and not w.busy and w.shape not in pending]:
                self._retire(worker)

    def _grant(self, request: _Request) -> None:
        self._waiting.remove(request)
        request.granted.set()

    def _retire(self, worker: Worker) -> None:
        worker.dead = True
        self._workers.remove(worker)
        ray.kill(worker.handle)

    def _start(self, shape: Resources, slots: int) -> None:
        self._made += 1
        name = f"trials-{self._made}"
        options: dict[str, Any] = {
            "name": f"{self._config.sweep}/{name}/{ray.get_runtime_context().get_job_id()}",
            "num_cpus": shape.cpus,
            "num_gpus": shape.gpus,
            "memory": slots * shape.memory,
            "max_restarts": 0,
            "max_task_retries": 0,
            "max_concurrency": 10 * slots,
        }
        if shape.accelerator:
            options["accelerator_type"] = shape.accelerator
        handle = _actor_class().options(**options).remote(name, self._config, shape.gpus)
        worker = Worker(name, handle, shape, slots)
        self._workers.append(worker)
        self.tasks.start_soon(self._bring_up, worker)

    async def _bring_up(self, worker: Worker) -> None:
        try:
            worker.node_id = await worker.handle.where.remote()
            worker.services, warm = await self._node_services(worker.node_id)
            started = await worker.handle.start.remote(worker.services, warm)
            worker.node = started.node
            await self._on_started(worker, started)
        except Exception as error:
            await self._failed_start(worker, error)
        else:
            worker.ready = True
            self._dispatch()

    async def _failed_start(self, worker: Worker, error: Exception) -> None:
        """Whoever waits for this shape is told; the driver decides whether to try again."""
        if worker not in self._workers:
            return  # it was let go before Ray had placed it
        self._retire(worker)
        cause = getattr(error, "cause", None) or error
        kind = cause.kind if isinstance(cause, InfraError) else "node_lost"
        for request in [r for r in self._waiting if r.shape == worker.shape]:
            request.error = InfraError(kind, f"no actor could start: {last_line(str(cause)) or type(cause).__name__}")
            self._grant(request)

    async def _node_services(self, node_id: str) -> tuple[Any, str | None]:
        async with self._services_lock:
            if node_id not in self._services:
                cpus = next(n.cpus for n in nodes() if n.id == node_id)
                services = start_services(node_id, cpus)
                services.serve.remote(self._config.warm)
                self._services[node_id] = (services, await services.ready.remote())
            return self._services[node_id]


@cache
def _actor_class() -> Any:
    """Made once: Ray keeps every class that it is shown."""
    return ray.remote(TrialActor)


def slots_of(shape: Resources, have: list[NodeInfo]) -> int:
    """How many trials of this shape one actor runs at a time: one where a GPU is held, else what memory allows."""
    if shape.gpus:
        return 1
    fitting = [n for n in have if n.holds(shape)]
    per_node = min((int(n.memory // shape.memory) // max(1, int(n.cpus // shape.cpus)) for n in fitting), default=1)
    return max(1, min(MOST_SLOTS, per_node))
