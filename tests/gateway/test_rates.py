"""The window and the pace of calls, on a clock of the test's own."""

from __future__ import annotations

import anyio
import anyio.lowlevel
import pytest

from mldevbench.gateway import LocalRateGate, RateLimits
from mldevbench.gateway.budget import Budget
from mldevbench.gateway.leases import FAILED, UNKNOWN, Estimate, RateLease, Status, Used
from mldevbench.gateway.window import RateWindow
from mldevbench.outcome import BudgetSpent
from tests.gateway.simulated import Bucket, Minute, Slots, simulate


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def fill(window: RateWindow, now: float) -> list[RateLease]:
    leases = []
    while (lease := window.grant(now)) is not None:
        leases.append(lease)
    return leases


def report(window: RateWindow, lease: RateLease, status: Status, now: float, retry_after_s: float | None = None) -> None:
    assert window.report(lease, status, FAILED, retry_after_s, now)


def answer_all(window: RateWindow, now: float) -> int:
    leases = fill(window, now)
    for lease in leases:
        report(window, lease, "ok", now)
    return len(leases)


def test_the_window_doubles_until_the_first_cut() -> None:
    window = RateWindow("p", size=4)
    assert [answer_all(window, t) for t in range(3)] == [4, 8, 16]
    *rest, last = fill(window, 3.0)
    assert len(rest) == 31
    report(window, last, "limited", 3.0)
    assert window.size == 28
    assert window.pace is not None
    assert window.pace.per_s == pytest.approx(0.95 * 28 / 3)
    for lease in rest:
        report(window, lease, "ok", 3.5)
    assert window.grant(3.9) is None, "closed for the pause"
    assert window.grant(4.1) is not None


def test_after_a_cut_calls_are_spaced_and_the_pace_grows_by_steps_that_double() -> None:
    window = RateWindow("p", size=100)
    for t in range(10):
        answer_all(window, float(t))
    report(window, fill(window, 10.0)[-1], "limited", 10.0)
    assert window.pace is not None
    first = window.pace.per_s
    now, paces, granted = window.opens_at(), [first], 0
    while len(paces) < 6:
        lease = window.grant(now)
        if lease is None:
            now = max(now + 1e-3, window.opens_at())
            continue
        granted += 1
        report(window, lease, "ok", now)
        if window.pace.per_s != paces[-1]:
            paces.append(window.pace.per_s)
    steps = [round(b / a - 1, 3) for a, b in zip(paces, paces[1:], strict=False)]
    assert steps == [0.02, 0.04, 0.08, 0.16, 0.16]


def test_many_refusals_of_one_burst_cut_once() -> None:
    window = RateWindow("p", size=16)
    for lease in fill(window, 0.0):
        report(window, lease, "limited", 0.0, 2.0)
    assert window.size == 14
    assert window.grant(1.9) is None
    assert window.grant(2.1) is not None


def test_retry_after_is_obeyed_and_without_it_the_pause_doubles() -> None:
    window = RateWindow("p")
    opened = []
    now = 0.0
    for retry_after_s in (30.0, None, None, None, None, None):
        lease = window.grant(now)
        assert lease is not None
        report(window, lease, "limited", now, retry_after_s)
        opened.append(window.opens_at() - now)
        now = window.opens_at()
    assert opened == [30.0, 2.0, 4.0, 8.0, 16.0, 30.0]
    assert window.size == 1


def test_an_idle_client_learns_nothing_of_the_limit() -> None:
    window = RateWindow("p", size=4)
    for t in range(50):
        lease = window.grant(float(t))
        assert lease is not None
        report(window, lease, "ok", float(t))
    assert window.size == 4


def test_a_lost_lease_is_given_back_in_time_and_a_late_report_of_it_changes_nothing() -> None:
    window = RateWindow("p", size=1, lease_s=10)
    lease = window.grant(0.0)
    assert lease is not None
    assert window.opens_at() == 10
    assert window.lost(9.0) == []
    assert window.lost(11.0) == [lease]
    assert window.grant(11.0) is not None
    assert not window.report(lease, "limited", FAILED, None, 12.0)
    assert window.size == 1


def test_no_minute_holds_more_calls_than_were_said() -> None:
    window = RateWindow("p", RateLimits(rpm=90), size=512)
    now, times = 0.0, []
    while now < 400:
        if (lease := window.grant(now)) is not None:
            times.append(now)
            report(window, lease, "ok", now)
        now = max(window.opens_at(), now) + (0.015 if len(times) % 3 else 0.0)  # some wake up late
    most = max(sum(at <= t < at + 60 for t in times) for at in times)
    assert most == 90
    assert len(times) > 0.98 * 400 * 1.5


def test_tokens_are_taken_as_estimated_and_settled_as_counted() -> None:
    window = RateWindow("p", RateLimits(tpm=6000))
    lease = window.grant(0.0, Estimate(tokens=1000))
    assert lease is not None
    assert window.opens_at() == pytest.approx(10, abs=0.1)
    window.report(lease, "ok", Used(tokens=200), None, 1.0)
    assert window.opens_at() == pytest.approx(2, abs=0.1)


def test_an_unused_lease_costs_no_time() -> None:
    window = RateWindow("p", RateLimits(rpm=60))
    lease = window.grant(0.0)
    assert lease is not None
    assert window.grant(0.5) is None
    report(window, lease, "unused", 0.5)
    assert window.grant(0.5) is not None


@pytest.mark.parametrize("retry_after", [True, False])
@pytest.mark.parametrize("latency_s", [0.1, 1.0, 15.0])
@pytest.mark.parametrize(
    ("provider", "calls", "useful", "time"),
    [
        (lambda: Bucket(20, 20), 4000, 0.98, 2.5),
        (lambda: Bucket(1, 60), 900, 0.9, 1.2),
        (lambda: Minute(600), 6000, 0.95, 1.35),
        (lambda: Minute(60), 600, 0.9, 1.25),
        (lambda: Slots(16), 1500, 0.93, 2.2),
    ],
    ids=["20 a second", "1 a second", "600 a minute", "60 a minute", "16 at once"],
)
def test_simulated_providers_refuse_little_and_are_used(
    provider: object, calls: int, useful: float, time: float, latency_s: float, retry_after: bool
) -> None:
    run = simulate(provider(), calls, latency_s=latency_s, retry_after=retry_after)  # type: ignore[operator]
    assert run.useful > useful, run
    assert run.time < time, run


@pytest.mark.anyio
async def test_waiting_callers_are_woken_one_by_one() -> None:
    gate = LocalRateGate()
    gate.window("p").size = 2
    most = now = 0

    async def call() -> None:
        nonlocal most, now
        lease = await gate.acquire("p", Estimate())
        now += 1
        most = max(most, now)
        await anyio.lowlevel.checkpoint()
        now -= 1
        await gate.report(lease, "error", FAILED)

    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(call)
    assert most == 2


@pytest.mark.anyio
async def test_the_first_to_come_is_the_first_served_with_as_many_as_there_are() -> None:
    gate = LocalRateGate()
    held = await gate.acquire_some("a", "p", [Estimate()] * 9)
    assert len(held) == 4
    order: list[tuple[str, int]] = []

    async def ask(holder: str, count: int) -> None:
        order.append((holder, len(await gate.acquire_some(holder, "p", [Estimate()] * count))))

    async with anyio.create_task_group() as tasks:
        for holder, count in (("b", 3), ("c", 3), ("d", 1)):
            tasks.start_soon(ask, holder, count)
            await anyio.wait_all_tasks_blocked()
        for lease in held:
            await gate.report(lease, "error", FAILED)
            await anyio.wait_all_tasks_blocked()
        assert order == [("b", 1), ("c", 1), ("d", 1)]
    assert gate.window("p").in_flight == 3


@pytest.mark.anyio
async def test_the_dead_hold_nothing_and_are_granted_nothing() -> None:
    gate = LocalRateGate(budget=Budget(1.0))
    await gate.acquire_some("dead", "p", [Estimate(usd=0.1)] * 4)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(gate.acquire_some, "dead", "p", [Estimate(usd=0.1)])
        await anyio.wait_all_tasks_blocked()
        gate.forget("dead")
    assert gate.window("p").in_flight == 0
    assert gate.budget is not None
    assert gate.budget.spent_usd == pytest.approx(0.4), "what its calls have cost is unknown, so it is what was reserved"
    assert await gate.acquire_some("dead", "p", [Estimate()]) == []


@pytest.mark.anyio
async def test_a_call_waits_for_money_that_may_come_back_and_not_for_more() -> None:
    gate = LocalRateGate(budget=Budget(1.0))
    leases = [await gate.acquire("p", Estimate(usd=0.4)) for _ in range(2)]
    granted: list[RateLease] = []

    async def ask() -> None:
        granted.append(await gate.acquire("p", Estimate(usd=0.4)))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        assert not granted
        await gate.report(leases[0], "ok", Used(10, 0.1))
        await anyio.wait_all_tasks_blocked()
        assert granted
    await gate.report(leases[1], "ok", UNKNOWN)
    await gate.report(granted[0], "error", FAILED)
    assert gate.budget is not None
    assert (gate.budget.spent_usd, gate.budget.reserved_usd) == (pytest.approx(0.5), pytest.approx(0.0))
    with pytest.raises(BudgetSpent, match="--max-cost-usd 1: 0.5000 USD are spent"):
        await gate.acquire("p", Estimate(usd=0.6))
