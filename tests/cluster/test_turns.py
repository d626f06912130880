"""Actors that hold GPUs and commands that are lent them, on one node: both have their turns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import anyio
import pytest
import ray
from anyio.abc import TaskGroup

import cluster.gpus
import cluster.pool
from cluster.broker_actor import RemoteBroker
from cluster.gpus import NodeGpus
from cluster.pool import Pool
from cluster.rate_actor import start_rate_actor
from cluster.trial_actor import ActorConfig, Started
from mldevbench.outcome import TrialRecord
from mldevbench.sandbox.broker import NodeBroker, lent
from mldevbench.spec import Resources
from tests.sandbox.helpers import until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(200)]
GPUS = 2
LOOK_S = 0.1
"""Far shorter than a holder takes to start, as the pool's looks are on a machine that is busy enough."""


class Holding:
    def where(self) -> str:
        return str(ray.get_runtime_context().get_node_id())


@pytest.fixture(autouse=True)
def ray_with_gpus(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr(cluster.gpus, "TURN_S", 3.0)
    ray.init(address="local", include_dashboard=False, num_cpus=2, num_gpus=GPUS, log_to_driver=False)
    yield
    ray.shutdown()


class Node:
    """Lends its GPUs to commands, as long as no actor waits that asks for all of them."""

    def __init__(self, tasks: TaskGroup) -> None:
        self.tasks = tasks
        self.broker = NodeBroker(2, most_gpus=GPUS)
        self.waiting = False

    async def place(self, cpus: int) -> None:
        """Returns when the actor is placed."""
        self.waiting = True
        actor = ray.remote(Holding).options(num_cpus=cpus, num_gpus=GPUS).remote()
        await actor.where.remote()
        self.waiting = False

    async def look(self, gpus: NodeGpus) -> None:
        while True:
            gpus.yield_up(GPUS if self.waiting else 0)
            await anyio.sleep(LOOK_S)


@asynccontextmanager
async def sharing() -> AsyncIterator[Node]:
    with anyio.fail_after(120):
        async with anyio.create_task_group() as tasks:
            node = Node(tasks)
            gpus = NodeGpus(ray.get_runtime_context().get_node_id(), GPUS, node.broker)
            tasks.start_soon(gpus.run)
            tasks.start_soon(node.look, gpus)
            yield node
            tasks.cancel_scope.cancel()


async def test_a_command_is_served_beside_an_actor_that_nothing_can_place() -> None:
    neighbour = ray.remote(Holding).options(num_cpus=0, num_gpus=1).remote()
    await neighbour.where.remote()
    async with sharing() as node:
        node.tasks.start_soon(node.place, 3)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(node.broker.acquire, 1, GPUS, "trial")
            await until(lambda: bool(node.broker.idle_devices))
            for _ in range(10):
                await anyio.sleep(LOOK_S)
                assert node.broker.idle_devices, "given back before the command had the other one as well"
            ray.kill(neighbour)
        assert node.waiting


async def test_an_actor_is_placed_beside_commands_that_never_cease() -> None:
    async with sharing() as node:
        served = anyio.Semaphore(0)

        async def commands() -> None:
            while True:
                lease = await node.broker.acquire(1, 1, "trial")
                served.release()
                await anyio.sleep(0.2)
                await node.broker.release(lease)

        for _ in range(2 * GPUS):
            node.tasks.start_soon(commands)
        for _ in range(4 * GPUS):
            await served.acquire()
        await node.place(1)


async def test_actors_run_their_trials_beside_commands_that_never_cease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster.pool, "LOOK_S", LOOK_S)
    config = ActorConfig(sweep="turns", isolation=None, allow_unsandboxed=True, rates=start_rate_actor(), warm=False)
    started: list[Started] = []

    async def on_started(what: Started) -> None:
        started.append(what)

    async def take_over(record: TrialRecord, submission: bytes | None) -> None:
        raise AssertionError("nothing ran before")

    async def commands(broker: RemoteBroker) -> None:
        while True:
            async with lent(broker, 1, GPUS, "trial"):
                await anyio.sleep(0.2)

    with anyio.fail_after(120):
        async with Pool(config, 4, on_started, take_over).running() as pool, pool.slot(Resources(1, lent=GPUS)) as asking:
            async with anyio.create_task_group() as tasks:
                for _ in range(2):
                    tasks.start_soon(commands, RemoteBroker(asking.services, asking.name))
                for _ in range(2):
                    async with pool.slot(Resources(1, gpus=GPUS)) as holding:
                        assert holding.busy
                tasks.cancel_scope.cancel()
    assert len(started) == 3
