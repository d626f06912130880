"""Limits of a trial: they end it before the next call, and side by side as well as one by one."""

from __future__ import annotations

import anyio
import pytest

from mldevbench.gateway import Price
from mldevbench.outcome import LimitReached, StopReason
from mldevbench.spec import Limits
from tests.gateway.conftest import OpenDoor
from tests.gateway.provider_server import Provider, Reply

pytestmark = pytest.mark.anyio

USER = [{"role": "user", "content": "hello"}]


@pytest.mark.parametrize(
    ("limits", "reason", "calls"),
    [
        (Limits(max_steps=3), StopReason.MAX_STEPS, 3),
        (Limits(max_steps=None, max_tokens=121), StopReason.MAX_TOKENS, 2),
        (Limits(max_steps=None, max_tokens=120), StopReason.MAX_TOKENS, 1),
        (Limits(max_steps=None, max_cost_usd=0.00025), StopReason.MAX_COST, 3),
    ],
)
async def test_the_answer_that_crosses_a_limit_still_arrives_and_the_next_call_is_refused(
    open_door: OpenDoor, provider: Provider, limits: Limits, reason: StopReason, calls: int
) -> None:
    async with open_door(limits=limits, prices={"openai/m": Price(1, 0)}) as door:
        for _ in range(calls):
            assert (await door.complete(USER))["content"] == "fine"
        for _ in range(2):
            with pytest.raises(LimitReached) as raised:
                await door.complete(USER)
            assert raised.value.reason == reason
    assert door.limit == reason
    assert len(provider.requests) == door.usage.steps == calls


async def test_parallel_calls_cannot_overshoot_the_steps(open_door: OpenDoor, provider: Provider) -> None:
    refused = 0

    async def ask() -> None:
        nonlocal refused
        try:
            await door.complete(USER)
        except LimitReached:
            refused += 1

    provider.replies = [Reply(status=500), Reply(status=500)]
    async with open_door(limits=Limits(max_steps=4)) as door, anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(ask)
    assert door.usage.steps == 4
    assert refused == 16
    assert len(provider.requests) == 4 + 2


async def test_a_door_that_is_closed_refuses_with_the_given_reason(open_door: OpenDoor, provider: Provider) -> None:
    async with open_door() as door:
        door.close_for(StopReason.MAX_TIME)
        with pytest.raises(LimitReached) as raised:
            await door.complete(USER)
    assert raised.value.reason == door.limit == StopReason.MAX_TIME
    assert provider.requests == []
