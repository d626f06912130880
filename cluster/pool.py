"""The pool of trial actors: grows while trials wait and Ray can place more, reuses warm actors, retires them after a while."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import ray
from anyio.abc import TaskGroup

from cluster.connect import NodeInfo, nodes
from cluster.services import Deliver, Services
from cluster.trial_actor import ActorConfig, Started
from cluster.worker import Worker, slots_of
from mldevbench.outcome import InfraError
from mldevbench.report.text import last_line
from mldevbench.spec import Resources
from mldevbench.watching import Actors

IDLE_S = 60.0
"""How long an actor is kept for which there is no trial: its node may be one that an autoscaler can do without."""
LOOK_S = 5.0
"""How often the pool looks which nodes there are."""
SHUN_S = 300.0
"""How long a node on which no actor could start is left alone, where there are others."""
MOST_STARTS = 5
"""Failed starts in a row of one shape before those that wait for it are told."""


@dataclass(slots=True, eq=False)
class _Request:
    shape: Resources
    avoid: frozenset[str]
    granted: anyio.Event = field(default_factory=anyio.Event)
    worker: Worker | None = None
    error: InfraError | None = None


class PoolClosed(Exception):
    """No more trials are started: whoever waited for a slot goes away without one."""


class Pool:
    """Use as an async context manager.

    `on_started` is told what each new actor says of itself; `take_over` is given the trials that nodes finished for a driver
    that did not live to record them.
    """

    def __init__(
        self, config: ActorConfig, concurrency: int, on_started: Callable[[Started], Awaitable[None]], take_over: Deliver
    ) -> None:
        self._config = config
        self._concurrency = concurrency
        self._on_started = on_started
        self._take_over = take_over
        self._workers: list[Worker] = []
        self._waiting: deque[_Request] = deque()
        self._nodes: list[NodeInfo] = []
        self._shunned: dict[str, float] = {}
        self._failed_starts: Counter[Resources] = Counter()
        self._services: Services
        self.tasks: TaskGroup
        self._made = 0
        self._closed = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Pool]:
        """Begins with what the nodes hold of an earlier driver. Closing it ends every actor."""
        async with anyio.create_task_group() as self.tasks:
            self._services = Services(self._config.sweep, self._config.warm, self.tasks, self._take_over, self._services_lost)
            try:
                self._nodes = nodes()
                await self._services.visit(self._nodes)
                self.tasks.start_soon(self._look)
                yield self
            finally:
                self.tasks.cancel_scope.cancel()
                for worker in self._workers:
                    ray.kill(worker.handle)
                self._services.end()

    @asynccontextmanager
    async def slot(self, shape: Resources, avoid: frozenset[str] = frozenset()) -> AsyncIterator[Worker]:
        """A slot of an actor of this shape; waits for one, in the order of asking. Raises InfraError when none can start.

        It is on none of the nodes `avoid` (ids), unless no other could hold it.
        """
        if self._closed:
            raise PoolClosed
        request = _Request(shape, avoid)
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
            worker.idle_since = anyio.current_time()
            self._dispatch()

    def has_other(self, shape: Resources, avoid: Set[str]) -> bool:
        """Whether the cluster has a node for this shape that is not to be avoided."""
        return any(n.holds(shape) and n.id not in avoid for n in self._nodes)

    def lost(self, worker: Worker, *, with_services: bool = False) -> None:
        """The actor (and the services of its node) cannot be used any more: its slots are gone, its leases go back."""
        if with_services:
            self._services.drop(worker.services)
        elif worker.services is not None:
            worker.services.forget.remote(worker.name)
        if not worker.dead:
            self._retire(worker)
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

    def _services_lost(self, handle: Any) -> None:
        """Trials that run there meet it themselves; no other begins there."""
        for worker in [w for w in self._workers if w.services is handle]:
            if worker.busy:
                worker.retire_soon()
            else:
                self._retire(worker)
        self._dispatch()

    async def _look(self) -> None:
        """Which nodes there are, and which actors nobody needs any more."""
        while True:
            await anyio.sleep(LOOK_S)
            self._nodes = await anyio.to_thread.run_sync(nodes)
            now = anyio.current_time()
            self._shunned = {node: until for node, until in self._shunned.items() if until > now}
            for worker in [w for w in self._workers if w.idle and now - w.idle_since > IDLE_S]:
                self._retire(worker)
            if any(w.shape.gpus or w.shape.lent for w in self._workers):
                await self._share_gpus()
            self._dispatch()

    async def _share_gpus(self) -> None:
        """Between actors that hold GPUs and commands that are lent them: what one side has goes to the other when that waits."""
        pending = [w for w in self._workers if w.shape.gpus and not w.node_id]
        wanted = {n.id: math.ceil(sum(w.shape.gpus for w in pending if n.holds(w.shape))) for n in self._nodes}
        for node_id, missing in (await self._services.yield_gpus(wanted)).items():
            holders, freed = [w for w in self._workers if w.node_id == node_id and w.shape.gpus], 0.0
            for worker in sorted(holders, key=lambda w: w.busy):
                if freed < missing:
                    worker.retire_soon()
                    freed += worker.shape.gpus

    def _leave_alone(self, request: _Request) -> frozenset[str]:
        """The nodes to avoid, and those where no actor could start, for as long as others can hold the shape."""
        for shunned in (request.avoid | self._shunned.keys(), request.avoid):
            if self.has_other(request.shape, shunned):
                return frozenset(shunned)
        return frozenset()

    def _dispatch(self) -> None:
        """Grants slots in order, then makes or retires actors for what still waits."""
        for spent in [w for w in self._workers if w.idle and w.spent]:
            self._retire(spent)
        wanted: Counter[tuple[Resources, frozenset[str]]] = Counter()
        for request in list(self._waiting):  # there may be thousands
            place = request.shape, self._leave_alone(request)
            if place not in wanted:
                request.worker = next((w for w in self._workers if w.free and w.serves(*place)), None)
            if request.worker is not None:
                request.worker.busy += 1
                request.worker.served += 1
                self._grant(request)
            else:
                wanted[place] += 1
        for (shape, shunned), waiting in wanted.items():
            mine = [w for w in self._workers if w.serves(shape, shunned)]
            slots = slots_of(shape, self._nodes)
            missing = math.ceil(waiting / slots) - sum(not w.ready for w in mine)
            for _ in range(min(missing, math.ceil(self._concurrency / slots) - len(mine))):
                self._start(shape, slots, shunned)
        self._make_room({shape for shape, _ in wanted})

    def _make_room(self, wanted: Set[Resources]) -> None:
        """Ray places a new actor when there is room: idle ones of other shapes go, and so do new ones that nobody needs now."""
        unplaced = [w for w in self._workers if not w.node_id]
        for worker in [w for w in unplaced if w.shape not in wanted]:
            self._retire(worker)
        pending = {w.shape for w in unplaced} & wanted
        if pending:
            for worker in [w for w in self._workers if w.idle and w.shape not in pending]:
                self._retire(worker)

    def _grant(self, request: _Request) -> None:
        self._waiting.remove(request)
        request.granted.set()

    def _retire(self, worker: Worker) -> None:
        worker.dead = True
        self._workers.remove(worker)
        ray.kill(worker.handle)
        self._config.rates.forget.remote(worker.name)

    def _start(self, shape: Resources, slots: int, shunned: frozenset[str]) -> None:
        places = {n.id for n in self._nodes if n.holds(shape)} - shunned if shape.lent else None
        if places is not None and not places:
            return  # none yet
        self._made += 1
        worker = Worker.start(self._made, self._config, shape, slots, shunned, places)
        self._workers.append(worker)
        self.tasks.start_soon(self._live, worker)

    async def _live(self, worker: Worker) -> None:
        """The life of an actor, until it is gone."""
        try:
            await self._on_started(await worker.begin(self._services))
        except Exception as error:
            self._failed_start(worker, error)
            return
        self._failed_starts.pop(worker.shape, None)
        self._dispatch()
        await worker.until_gone()
        self.lost(worker)

    def _failed_start(self, worker: Worker, error: Exception) -> None:
        """Another is tried, elsewhere if it can be. When that has failed too, whoever waits for this shape is told."""
        if worker.dead:
            return  # it was let go before Ray had placed it
        self._retire(worker)
        shape = worker.shape
        self._failed_starts[shape] += 1
        if worker.node_id:
            self._shunned[worker.node_id] = anyio.current_time() + SHUN_S
        cause = getattr(error, "cause", None) or error
        kind = cause.kind if isinstance(cause, InfraError) else "node_lost"
        other = kind == "node_lost" or self.has_other(shape, self._shunned.keys())
        if not other or self._failed_starts[shape] >= MOST_STARTS:
            del self._failed_starts[shape]
            for request in [r for r in self._waiting if r.shape == shape]:
                request.error = InfraError(kind, f"no actor could start: {last_line(str(cause)) or type(cause).__name__}")
                self._grant(request)
        self._dispatch()
