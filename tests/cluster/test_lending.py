"""What actors lend comes back from callers that stop waiting, and from those that die."""

from __future__ import annotations

import anyio
import pytest
import ray

from cluster.broker_actor import NodeServices, RemoteBroker
from cluster.lending import Lending

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("local_ray")]


async def test_a_cancelled_wait_for_cpus_leaves_nothing_behind() -> None:
    services = ray.remote(NodeServices).options(num_cpus=0, max_concurrency=100).remote(1, 0, "test")
    one, other = RemoteBroker(services, "one"), RemoteBroker(services, "other")
    held = await one.acquire(1, 0, "a")
    for _ in range(3):
        with anyio.move_on_after(0.2) as scope:
            await other.acquire(1, 0, "b")
        assert scope.cancelled_caught
    await one.release(held)
    with anyio.fail_after(20):
        await other.release(await other.acquire(1, 0, "c"))


async def test_a_dead_caller_holds_nothing_and_waits_for_nothing() -> None:
    services = ray.remote(NodeServices).options(num_cpus=0, max_concurrency=100).remote(1, 0, "test")
    dead, alive = RemoteBroker(services, "dead"), RemoteBroker(services, "alive")
    await dead.acquire(1, 0, "a")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(dead.acquire, 1, 0, "b")  # comes before or after the next line does, or is already waiting
        await services.forget.remote("dead")
        tasks.start_soon(dead.acquire, 1, 0, "too late")
        with anyio.fail_after(20):
            await alive.release(await alive.acquire(1, 0, "c"))
            await alive.acquire(1, 0, "d")
        tasks.cancel_scope.cancel()


async def test_what_is_taken_back_before_it_came_or_as_it_is_granted_is_not_lent() -> None:
    back: list[str] = []

    async def give_back(what: str) -> None:
        back.append(what)

    async def granted(what: str) -> str:
        return what

    async def granted_and_taken_back(what: str) -> str:
        await lending.take_back(what)
        return what

    lending = Lending(give_back)
    await lending.take_back("early")
    assert await lending.lend("early", "x", granted("early")) is None
    assert await lending.lend("late", "x", granted_and_taken_back("late")) is None
    assert back == ["early", "late"]
    assert await lending.lend("kept", "x", granted("kept")) == "kept"
    assert lending.end("kept") == "kept"
    assert lending.end("kept") is None
