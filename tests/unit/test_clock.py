"""The clock of a trial."""

from __future__ import annotations

import time

import anyio

from mldevbench.clock import TrialClock


def test_waiting_stops_the_clock_and_overlapping_waits_stop_it_once() -> None:
    clock = TrialClock()
    with clock.waiting():
        with clock.waiting():
            time.sleep(0.05)
        time.sleep(0.05)
    before, elapsed_s, after = clock.total_s, clock.elapsed_s, clock.total_s
    assert 0.1 <= clock.waited_s < before
    assert before <= elapsed_s + clock.waited_s <= after


def test_a_deadline_moves_with_the_waiting() -> None:
    async def run() -> TrialClock:
        clock = TrialClock()

        async def wait() -> None:
            with clock.waiting():
                await anyio.sleep(0.3)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            await clock.reaches(0.1)
        return clock

    clock = anyio.run(run)
    assert clock.total_s >= 0.4
