"""One trial actor as the pool sees it: started, kept an eye on, ended."""

from __future__ import annotations

from collections.abc import Iterable, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import anyio
import ray

from cluster.connect import NodeInfo
from cluster.services import Services
from cluster.trial_actor import ActorConfig, Started, TrialActor
from mldevbench.spec import Resources

MOST_SLOTS = 8
"""Trials that one actor without a GPU runs at a time: an agent mostly waits for its model."""
RETIRE_AFTER = 100
"""Trials after which an actor is replaced, so that no leak of a library can grow for days."""
PING_S = 30.0
SILENT_S = 180.0
"""How long an actor may take to answer; one that does not hangs, and is killed."""


@dataclass(slots=True, eq=False)
class Worker:
    """`handle.run` runs a trial in one of the actor's `slots`. `node` is the host name, once it is ready; it is on none of the
    nodes `shunned` (ids).
    """

    name: str
    handle: Any
    shape: Resources
    slots: int
    shunned: frozenset[str]
    services: Any = None
    node_id: str = ""
    node: str = ""
    busy: int = 0
    served: int = 0
    idle_since: float = 0.0
    ready: bool = False
    dead: bool = False

    @classmethod
    def start(
        cls, number: int, config: ActorConfig, shape: Resources, slots: int, shunned: Set[str], places: Set[str] | None
    ) -> Worker:
        """Asks Ray for an actor, which it places once there is room; on one of `places` (ids), where these are given."""
        name = f"trials-{number}"
        options: dict[str, Any] = {
            "name": f"{config.sweep}/{name}/{ray.get_runtime_context().get_job_id()}",
            "num_cpus": shape.cpus,
            "num_gpus": shape.gpus,
            "memory": slots * shape.memory,
            "max_restarts": 0,
            "max_task_retries": 0,
            "max_concurrency": 10 * slots,
        }
        if shape.accelerator and shape.gpus:
            options["accelerator_type"] = shape.accelerator
        if places is not None:
            options["label_selector"] = {"ray.io/node-id": f"in({','.join(sorted(places))})"}
        elif shunned:
            options["label_selector"] = {"ray.io/node-id": f"!in({','.join(sorted(shunned))})"}
        handle = _actor_class().options(**options).remote(name, config, shape)
        return cls(name, handle, shape, slots, frozenset(shunned))

    @property
    def free(self) -> bool:
        return self.ready and not self.dead and self.busy < self.slots and not self.spent

    @property
    def idle(self) -> bool:
        return self.ready and not self.busy

    @property
    def spent(self) -> bool:
        return self.served >= RETIRE_AFTER

    def retire_soon(self) -> None:
        """After the trials that it runs; one that is only starting, after its first."""
        self.served = RETIRE_AFTER if self.ready else RETIRE_AFTER - 1

    def serves(self, shape: Resources, shunned: Set[str]) -> bool:
        """Whether it is, or will be, where a trial of this shape may go. With more memory than that it serves as well: where CPUs
        are few, actors would otherwise be replaced all the time by those of the next task's shape.
        """
        fits = replace(self.shape, memory=shape.memory) == shape and self.shape.memory >= shape.memory
        return fits and (self.node_id not in shunned if self.node_id else self.shunned >= shunned)

    async def begin(self, services: Services) -> Started:
        """Returns once it can take trials. Raises what kept it from starting."""
        self.node_id = await self.handle.where.remote()
        self.services, warm = await services.of(self.node_id)
        started: Started = await self.handle.start.remote(self.services, warm)
        self.node, self.ready = started.node, True
        self.idle_since = anyio.current_time()
        return started

    async def until_gone(self) -> None:
        """Returns when the actor is dead; one that hangs is killed for it: its trials are lost then, and begin anew elsewhere."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._ping)
            with suppress(ray.exceptions.RayError):
                await self.handle.live.remote()
            tasks.cancel_scope.cancel()

    async def _ping(self) -> None:
        with suppress(ray.exceptions.RayError):
            while True:
                await anyio.sleep(PING_S)
                with anyio.move_on_after(SILENT_S) as waiting:
                    await self.handle.where.remote()
                if waiting.cancelled_caught:
                    ray.kill(self.handle)


def slots_of(shape: Resources, have: Iterable[NodeInfo]) -> int:
    """How many trials of this shape one actor runs at a time: one where a GPU is held, else what memory allows."""
    if shape.gpus:
        return 1
    fitting = [n for n in have if n.holds(shape)]
    per_node = min((int(n.memory // shape.memory) // max(1, int(n.cpus // shape.cpus)) for n in fitting), default=1)
    return max(1, min(MOST_SLOTS, per_node))


@cache
def _actor_class() -> Any:
    """Made once: Ray keeps every class that it is shown."""
    return ray.remote(TrialActor)
