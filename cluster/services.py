"""The services actors of a cluster's nodes: one a node, started when it is needed, started anew when it is gone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import anyio
import ray
from anyio.abc import TaskGroup

from cluster.broker_actor import start_services
from cluster.connect import NodeInfo, nodes
from cluster.delivery import NotWritten
from mldevbench.outcome import InfraError, TrialRecord
from mldevbench.results.codec import decode

VISIT_S = 60.0
"""How long a sweep's start waits for a node that does not answer."""
Deliver = Callable[[TrialRecord, bytes | None], Awaitable[None]]


@dataclass(slots=True, eq=False)
class _Node:
    handle: Any
    lock: anyio.Lock = field(default_factory=anyio.Lock)
    serving: bool = False
    warm: str | None = None


class Services:
    """`take_over` is given every trial that a node has finished and nobody acknowledged; `on_lost` the handle of a dead actor."""

    def __init__(self, sweep: str, warm: bool, tasks: TaskGroup, take_over: Deliver, on_lost: Callable[[Any], None]) -> None:
        self._sweep, self._warm, self._tasks = sweep, warm, tasks
        self._deliver, self._on_lost = take_over, on_lost
        self._nodes: dict[str, _Node] = {}

    async def visit(self, nodes: Iterable[NodeInfo]) -> None:
        """Takes over what the nodes hold of an earlier driver, so that no trial is run, and paid for, a second time."""

        async def ask(info: NodeInfo) -> None:
            with suppress(ray.exceptions.RayActorError, NotWritten), anyio.move_on_after(VISIT_S):  # else when it is first used
                await self._take_over(self._at(info).handle)

        async with anyio.create_task_group() as tasks:
            for info in nodes:
                tasks.start_soon(ask, info)

    async def of(self, node_id: str) -> tuple[Any, str | None]:
        """A node's services, and the socket of its warm process. Raises what kept them from starting."""
        node = self._nodes.get(node_id) or self._at(await _info(node_id))
        async with node.lock:
            if not node.serving:
                await self._take_over(node.handle)
                self._tasks.start_soon(self._serve, node)
                node.warm = await node.handle.ready.remote()
                node.serving = True
        return node.handle, node.warm

    async def yield_gpus(self, wanted: Mapping[str, int]) -> dict[str, int]:
        """Tells the nodes how many GPUs are waited for there by actors; how many are, by commands."""
        waiting: dict[str, int] = {}

        async def ask(node_id: str, handle: Any) -> None:
            with suppress(ray.exceptions.RayActorError), anyio.move_on_after(VISIT_S):
                waiting[node_id] = await handle.yield_gpus.remote(wanted.get(node_id, 0))

        async with anyio.create_task_group() as tasks:
            for node_id, node in self._nodes.items():
                if node.serving:
                    tasks.start_soon(ask, node_id, node.handle)
        return waiting

    def drop(self, handle: Any) -> None:
        """This actor cannot be used any more; the next that asks for its node gets another."""
        for node_id in [i for i, node in self._nodes.items() if node.handle is handle]:
            del self._nodes[node_id]
            ray.kill(handle)

    def end(self) -> None:
        for node in list(self._nodes.values()):
            self.drop(node.handle)

    def _at(self, info: NodeInfo) -> _Node:
        if info.id not in self._nodes:
            self._nodes[info.id] = _Node(start_services(info.id, info.cpus, info.gpus, self._sweep))
        return self._nodes[info.id]

    async def _serve(self, node: _Node) -> None:
        """Until the actor is gone, or what it serves."""
        with suppress(ray.exceptions.RayError):
            await node.handle.serve.remote(self._warm)
        self.drop(node.handle)
        self._on_lost(node.handle)

    async def _take_over(self, handle: Any) -> None:
        for encoded, submission in await handle.spooled.remote():
            record = decode(encoded)
            await self._deliver(record, submission)
            await acknowledge(handle, record)


async def acknowledge(handle: Any, record: TrialRecord) -> None:
    """The node may forget the record now. Services that are gone tell it again when they are back, which does no harm."""
    with suppress(ray.exceptions.RayActorError):
        await handle.acknowledge.remote(record.trial_key, record.attempt)


async def _info(node_id: str) -> NodeInfo:
    """Raises InfraError for a node that has gone meanwhile."""
    for node in await anyio.to_thread.run_sync(nodes):
        if node.id == node_id:
            return node
    raise InfraError("node_lost", "the node has gone")
