"""The window of calls in flight, on a clock of the test's own."""

from __future__ import annotations

import anyio
import anyio.lowlevel
import pytest

from mldevbench.gateway import LocalRateGate, RateLease, RateWindow


def fill(window: RateWindow, now: float) -> list[RateLease]:
    leases = []
    while (lease := window.grant(now)) is not None:
        leases.append(lease)
    return leases


def answer_all(window: RateWindow, now: float) -> int:
    leases = fill(window, now)
    for lease in leases:
        window.report(lease, "ok", None, now)
    return len(leases)


def test_the_window_doubles_until_the_first_cut_and_then_grows_by_one() -> None:
    window = RateWindow("p", size=4)
    assert [answer_all(window, t) for t in range(3)] == [4, 8, 16]
    *rest, last = fill(window, 3.0)
    window.report(last, "limited", None, 3.0)
    for lease in rest:
        window.report(lease, "ok", None, 3.5)
    assert window.grant(3.9) is None, "closed for the pause"
    assert [answer_all(window, 5.0 + t) for t in range(3)] == [16, 17, 18]


def test_many_refusals_of_one_burst_cut_once() -> None:
    window = RateWindow("p", size=16)
    for lease in fill(window, 0.0):
        window.report(lease, "limited", 2.0, 0.0)
    assert window.size == 8
    assert window.grant(1.9) is None
    assert window.grant(2.1) is not None


def test_retry_after_is_obeyed_and_without_it_the_pause_doubles() -> None:
    window = RateWindow("p")
    opened = []
    now = 0.0
    for retry_after_s in (30.0, None, None):
        lease = window.grant(now)
        assert lease is not None
        window.report(lease, "limited", retry_after_s, now)
        opened.append(window.open_at - now)
        now = window.open_at
    assert opened == [30.0, 2.0, 4.0]


def test_an_idle_client_learns_nothing_of_the_limit() -> None:
    window = RateWindow("p", size=4)
    for t in range(50):
        lease = window.grant(t)
        assert lease is not None
        window.report(lease, "ok", None, t)
    assert window.size == 4


def test_a_lost_lease_is_given_back_in_time() -> None:
    window = RateWindow("p", size=1, lease_s=10)
    assert window.grant(0.0) is not None
    assert window.grant(9.0) is None
    assert window.grant(11.0) is not None


@pytest.mark.anyio
async def test_waiting_callers_are_woken_one_by_one() -> None:
    gate = LocalRateGate()
    gate.window("p").size = 2
    most = now = 0

    async def call() -> None:
        nonlocal most, now
        lease = await gate.acquire("p")
        now += 1
        most = max(most, now)
        await anyio.lowlevel.checkpoint()
        now -= 1
        await gate.report(lease, status="error", retry_after_s=None)

    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(call)
    assert most == 2
