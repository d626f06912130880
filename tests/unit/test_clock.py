"""The clock of a trial."""

from __future__ import annotations

import time

import anyio
import pytest

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


def test_models_and_commands_share_the_time_that_counts() -> None:
    clock = TrialClock()
    with clock.command():
        with clock.waiting("cpu"), clock.waiting("gpu"):
            time.sleep(0.05)
        with clock.model(), clock.model():
            time.sleep(0.05)
    time.sleep(0.05)
    found = clock.timings()
    assert 0.05 <= found["model_s"] <= found["command_s"]
    assert found["idle_s"] >= 0.05
    assert found["command_s"] + found["idle_s"] == pytest.approx(found["solve_s"], abs=1e-3)
    assert min(found["waited_cpu_s"], found["waited_gpu_s"]) >= 0.05
    assert found["waited_rate_s"] == 0
    assert found["waited_s"] == pytest.approx(found["waited_cpu_s"], abs=0.02), "waiting for both at once is waited once"


def test_a_try_that_the_provider_failed_is_no_time_of_the_model() -> None:
    clock = TrialClock()
    with clock.model():
        time.sleep(0.05)
        clock.excuse(0.05)
    found = clock.timings()
    assert found["model_s"] < 0.05 <= found["waited_rate_s"]
