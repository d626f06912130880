"""Rate leases from a real actor: asked for together, given back by whoever goes away, by choice or not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
import ray

from cluster.rate_actor import RateActor, start_rate_actor
from cluster.rate_gate import RemoteRateGate
from mldevbench.gateway.budget import Budget
from mldevbench.gateway.leases import FAILED, Estimate, RateLease, Used
from mldevbench.outcome import BudgetSpent

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("local_ray")]
WIDE = 4
"""Calls that a new window lets in."""


@asynccontextmanager
async def gates(actor: Any, *holders: str) -> AsyncIterator[list[RemoteRateGate]]:
    async with anyio.create_task_group() as tasks:
        made = [RemoteRateGate(actor, holder) for holder in holders]
        for gate in made:
            tasks.start_soon(gate.serve)
        with anyio.fail_after(60):
            yield made
        tasks.cancel_scope.cancel()


async def take(gate: RemoteRateGate, count: int) -> list[RateLease]:
    leases: list[RateLease] = []

    async def one() -> None:
        leases.append(await gate.acquire("p", Estimate()))

    async with anyio.create_task_group() as tasks:
        for _ in range(count):
            tasks.start_soon(one)
    return leases


async def end(gate: RemoteRateGate, leases: Sequence[RateLease]) -> None:
    for lease in leases:
        await gate.report(lease, "error", FAILED)


async def test_a_cancelled_wait_leaves_nothing_behind() -> None:
    async with gates(start_rate_actor(), "one", "other") as (gate, other):
        held = await take(gate, WIDE)
        for _ in range(WIDE):
            with anyio.move_on_after(0.1) as scope:
                await gate.acquire("p", Estimate())
            assert scope.cancelled_caught
        await end(gate, held)
        assert len(await take(other, WIDE)) == WIDE


class Counting(RateActor):
    def __init__(self) -> None:
        super().__init__({}, None)
        self.asked: list[int] = []
        self.reported: list[int] = []

    async def acquire(self, holder: str, account: str, estimates: Sequence[Estimate]) -> list[RateLease] | str:
        self.asked.append(len(estimates))
        return await super().acquire(holder, account, estimates)

    async def report(self, reports: Any) -> None:
        self.reported.append(len(reports))
        await super().report(reports)

    async def counts(self) -> tuple[list[int], list[int]]:
        return self.asked, self.reported


async def test_those_who_wait_ask_together_and_reports_go_together() -> None:
    actor = ray.remote(Counting).options(num_cpus=0, max_concurrency=100).remote()
    async with gates(actor, "one") as (gate,):
        for lease in await take(gate, WIDE):
            await gate.report(lease, "ok", FAILED)  # a clean round: the window is twice as wide
        held = await take(gate, 2 * WIDE)
        async with anyio.create_task_group() as tasks:
            for _ in range(2 * WIDE):
                tasks.start_soon(gate.acquire, "p", Estimate())
            await anyio.sleep(0.1)
            await end(gate, held)
        asked, reported = await actor.counts.remote()
    assert max(asked) == 2 * WIDE
    assert max(reported) > 1
    assert len(asked) < 4 * WIDE


async def test_what_a_dead_process_held_goes_to_others() -> None:
    actor = start_rate_actor()
    async with gates(actor, "dead", "alive") as (dead, alive):
        await take(dead, WIDE)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(take, dead, 1)
            await anyio.sleep(0.1)
            await actor.forget.remote("dead")
            assert len(await take(alive, WIDE)) == WIDE
            tasks.cancel_scope.cancel()


async def test_whoever_waits_waits_on_when_the_actor_is_started_anew() -> None:
    actor = start_rate_actor(None, Budget(1.0, 0.25))
    async with gates(actor, "one") as (gate,):
        held = await take(gate, WIDE)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(take, gate, 1)
            await anyio.sleep(0.2)
            ray.kill(actor, no_restart=False)
        await end(gate, held)  # of the actor before: nobody knows them any more
        await actor.spent.remote(0.5)
        budget = await actor.budget.remote()
    assert budget == Budget(1.0, 0.5, 0.0), "what the trials that have ended cost is not forgotten"


async def test_many_processes_cannot_spend_more_than_there_is() -> None:
    actor = start_rate_actor(None, Budget(1.0))
    refused = spent = 0

    async def call(gate: RemoteRateGate) -> None:
        nonlocal refused, spent
        try:
            lease = await gate.acquire("p", Estimate(usd=0.09))
        except BudgetSpent:
            refused += 1
            return
        await anyio.sleep(0.01)
        spent += 1
        await gate.report(lease, "ok", Used(100, 0.05))

    async with gates(actor, *"abcd") as all_gates, anyio.create_task_group() as tasks:
        for number in range(40):
            tasks.start_soon(call, all_gates[number % 4])
    assert (spent, refused) == (19, 21), "19 x 0.05 are spent, and 0.09 more do not fit"
