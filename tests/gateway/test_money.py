"""What a call reserves before it is made, and what becomes of a trial when there is no more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import anyio
import anyio.to_thread
import pytest

from mldevbench.clock import TrialClock
from mldevbench.gateway import Door, Gateway, LocalRateGate, Price, Retries
from mldevbench.gateway.budget import Budget
from mldevbench.gateway.estimates import FIRST_COMPLETION, Estimator
from mldevbench.gateway.leases import Estimate
from mldevbench.gateway.models import resolve
from mldevbench.gateway.prices import tokens_usage
from mldevbench.outcome import BudgetSpent
from mldevbench.spec import Limits, Named
from tests.gateway.provider_server import Provider, Reply

pytestmark = pytest.mark.anyio
USER = [{"role": "user", "content": "hello"}]
PRICE = Price(10, 10)
FINE = Reply(prompt=6, cached=0, completion=20)
"""USER and no tools are 24 bytes, so that 8 tokens in are expected."""
CALL_USD = (6 + 20) * 10 / 1e6


@asynccontextmanager
async def door(provider: Provider, budget: Budget) -> AsyncIterator[Door]:
    retries = Retries(more=1, first_pause_s=0.01, timeout_s=5)
    rates = LocalRateGate(budget=budget, first_pause_s=0.01)
    bases, how = {"openai": f"{provider.url}/v1"}, {"limits": Limits(max_steps=None), "seed": 0, "clock": TrialClock()}
    async with (
        Gateway(keys={}, prices={"openai/m": PRICE}, api_bases=bases, rates=rates, retries=retries) as gateway,
        gateway.open_door(trial="t", model=Named("openai/m"), **how) as opened,  # type: ignore[arg-type]
    ):
        yield opened


async def test_when_the_budget_is_spent_the_door_is_closed_and_no_call_is_made(provider: Provider) -> None:
    budget, provider.default = Budget(0.003), FINE

    async def ask_on() -> None:
        while True:
            await opened.complete(USER, max_tokens=20)

    async with door(provider, budget) as opened:
        with pytest.raises(BudgetSpent, match=r"--max-cost-usd 0.003: 0.002\d USD are spent"):
            await ask_on()
        asked = len(provider.requests)
        assert isinstance(opened.fault, BudgetSpent)
        with anyio.fail_after(1):
            await opened.closed()
        with pytest.raises(BudgetSpent):
            await opened.complete(USER)
        assert len(provider.requests) == asked
        assert opened.usage.cost_usd == pytest.approx(asked * CALL_USD)
    assert budget.spent_usd == pytest.approx(asked * CALL_USD)
    assert budget.spent_usd <= 0.003
    assert budget.reserved_usd == pytest.approx(0)


async def test_calls_side_by_side_reserve_what_they_may_cost(provider: Provider) -> None:
    provider.default = replace(FINE, pace_s=0.01)
    budget = Budget(0.1)  # two first calls may cost 0.04 each
    async with door(provider, budget) as opened:
        async with anyio.create_task_group() as tasks:
            for _ in range(16):
                tasks.start_soon(opened.complete, USER)
            await anyio.to_thread.run_sync(provider.asked.wait)
            assert 0.04 < budget.reserved_usd <= 0.1
        assert len(provider.requests) == 16
    assert budget.spent_usd == pytest.approx(16 * CALL_USD)


async def test_a_call_that_fails_costs_nothing_and_one_that_is_cancelled_what_it_reserved(provider: Provider) -> None:
    budget, provider.default = Budget(1.0), FINE
    provider.replies = [Reply(status=500)]
    async with door(provider, budget) as opened:
        await opened.complete(USER)
        assert budget.spent_usd == pytest.approx(CALL_USD)
        provider.replies = [Reply(fault="hang")]
        with anyio.move_on_after(0.3):
            await opened.complete(USER)
    assert budget.spent_usd == pytest.approx(CALL_USD + (8 + 20) * 10 / 1e6)


async def test_an_estimate_learns_how_long_answers_get() -> None:
    estimator, target = Estimator({"openai/m": PRICE}), resolve(Named("openai/m"))
    call = {"messages": [{"role": "user", "content": "x" * 285}], "tools": []}
    assert estimator.of(target, call) == Estimate(100 + FIRST_COMPLETION, (100 + FIRST_COMPLETION) * 10 / 1e6)
    assert estimator.of(target, call | {"max_tokens": 50}).tokens == 150
    for completion in (300, 20):
        estimator.used(target, tokens_usage(100, completion))
    assert estimator.of(target, call).tokens == 400
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 10**6}}
    assert 2000 < estimator.of(target, {"messages": [{"role": "user", "content": [image]}]}).tokens - 300 < 2100


@pytest.mark.parametrize("price", [None, Price(1, 1)])
async def test_a_scripted_model_takes_money_only_where_it_has_a_price(price: Price | None) -> None:
    budget = Budget(1e-9)
    model = Named("scripted/noop")
    prices = {} if price is None else {"scripted/noop": price}
    how = {"limits": Limits(), "seed": 0, "clock": TrialClock()}
    async with (
        Gateway(prices=prices, rates=LocalRateGate(budget=budget)) as gateway,
        gateway.open_door(trial="t", model=model, **how) as opened,  # type: ignore[arg-type]
    ):
        if price is None:
            assert (await opened.complete(USER))["role"] == "assistant"
        else:
            with pytest.raises(BudgetSpent):
                await opened.complete(USER)
