"""The services of one node, as a Ray actor: CPU and GPU leases for commands, the warm process for probes, and the spool."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from typing import Any

import anyio
import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from cluster.gpus import NodeGpus
from cluster.lending import Lending, borrow
from mldevbench.outcome import InfraError
from mldevbench.paths import folder
from mldevbench.results.spool import Spool, Spooled
from mldevbench.sandbox.broker import Lease, NodeBroker


class NodeServices:
    """One per node and sweep; it holds no resource of Ray's, so that it can be placed on a full node. `sweep` is its id.

    `cpus` and `gpus` are all that the node has.
    """

    def __init__(self, cpus: float, gpus: float, sweep: str) -> None:
        self._spool = Spool(folder("spool", sweep))
        self._broker = NodeBroker(cpus, most_gpus=gpus)
        self._gpus = NodeGpus(ray.get_runtime_context().get_node_id(), int(gpus), self._broker)
        self._lending = Lending(self._broker.release)
        self._ready = anyio.Event()
        self._warm: str | None = None
        self._error: Exception | None = None

    async def serve(self, warm: bool) -> None:
        """Holds the node's shared processes; runs until the actor is killed."""
        from mldevbench.envs import task_python
        from mldevbench.grading.warm import WarmServer

        try:
            python = await anyio.to_thread.run_sync(task_python)
            async with AsyncExitStack() as stack:
                if warm:
                    server = await stack.enter_async_context(WarmServer.start(python, folder("run")))
                    self._warm = str(server.socket)
                self._ready.set()
                await self._gpus.run()
        except Exception as error:
            self._error = error
            self._ready.set()

    async def ready(self) -> str | None:
        """The path of the warm process's socket; None when there is none, and probes start cold. Raises what `serve` met."""
        await self._ready.wait()
        if self._error is not None:
            raise self._error
        return self._warm

    async def acquire(self, request: str, holder: str, cpus: float, gpus: float, trial: str) -> Lease | None:
        """The lease has the request's id."""
        self._gpus.changed()
        lease = await self._lending.lend(request, holder, self._broker.acquire(cpus, gpus, trial))
        return lease and replace(lease, id=request)

    async def release(self, request: str) -> None:
        await self._lending.take_back(request)
        self._gpus.changed()

    async def forget(self, holder: str) -> None:
        """Takes back what a dead actor held or waited for."""
        await self._lending.forget(holder)
        self._gpus.changed()

    async def yield_gpus(self, gpus: int) -> int:
        """Actors wait for so many GPUs: they are lent no more. How many the commands that wait here could use."""
        return self._gpus.yield_up(gpus)

    async def spooled(self) -> list[Spooled]:
        """Every trial that was finished on this node and not acknowledged."""
        return await anyio.to_thread.run_sync(lambda: list(self._spool.pending()))

    async def finished(self, trial_key: str, attempt: int) -> Spooled | None:
        """What an actor finished before it died; None when it died too early for that."""
        return await anyio.to_thread.run_sync(self._spool.get, trial_key, attempt)

    async def acknowledge(self, trial_key: str, attempt: int) -> None:
        """The record is durable where the results are."""
        await anyio.to_thread.run_sync(self._spool.discard, trial_key, attempt)


class RemoteBroker:
    """A node's broker as the trials of one actor see it (`mldevbench.sandbox.broker.Broker`)."""

    def __init__(self, services: Any, holder: str) -> None:
        self._services = services
        self._holder = holder
        self._requests: dict[str, str] = {}

    async def acquire(self, cpus: float, gpus: float, trial: str) -> Lease:
        with _faults():
            lease: Lease = await borrow(
                lambda request: self._services.acquire.remote(request, self._holder, cpus, gpus, trial),
                self._services.release.remote,
            )
        return lease

    async def release(self, lease: Lease) -> None:
        with _faults():
            await self._services.release.remote(lease.id)


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except ray.exceptions.RayActorError as error:
        raise InfraError("node_services", "the services of this node are gone") from error


def start_services(node_id: str, cpus: float, gpus: float, sweep: str) -> Any:
    """The services actor of a node. It lives as long as the driver that asked for it."""
    options = {
        "num_cpus": 0,
        "max_restarts": 0,
        "max_task_retries": 0,
        "max_concurrency": 1000,
        "scheduling_strategy": NodeAffinitySchedulingStrategy(node_id, soft=False),
    }
    return ray.remote(NodeServices).options(**options).remote(cpus, gpus, sweep)
