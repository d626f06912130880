"""CPUs and GPUs are lent to commands: fairly, without starvation, and so that waiting costs a trial no time."""

from __future__ import annotations

import random
from pathlib import Path

import anyio
import pytest

from mldevbench.clock import TrialClock
from mldevbench.outcome import UserError
from mldevbench.sandbox import Lease, NodeBroker
from mldevbench.sandbox.session import Session
from mldevbench.spec import Resources
from tests.sandbox.helpers import Open, until
from tests.sandbox.mixes import run_mixes

pytestmark = pytest.mark.anyio

LIMIT_S = 2.0
COUNT = "i=0; while [ $i -lt {n} ]; do i=$((i+1)); echo $i > {file}; sleep 0.05; done; echo done"


async def test_the_broker_serves_in_order_and_a_large_request_is_not_starved() -> None:
    broker = NodeBroker(2)
    order: list[str] = []

    async def want(name: str, cpus: float) -> Lease:
        lease = await broker.acquire(cpus, 0, name)
        order.append(name)
        return lease

    first = await want("first", 1)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(want, "large", 99)  # cut to the node's 2
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(want, "small", 1)
        await anyio.wait_all_tasks_blocked()
        assert order == ["first"]
        await broker.release(first)
        await anyio.wait_all_tasks_blocked()
        assert order == ["first", "large"]
        tasks.cancel_scope.cancel()


async def test_a_cancelled_wait_leaves_nothing_behind() -> None:
    broker = NodeBroker(1)
    held = await broker.acquire(1, 0, "a")
    with anyio.move_on_after(0.05):
        await broker.acquire(1, 0, "b")
    await broker.release(held)
    await broker.release(held)  # once is enough, twice does no harm
    with anyio.fail_after(1):
        await broker.acquire(1, 0, "c")
    with anyio.move_on_after(0.05) as scope:
        await broker.acquire(1, 0, "d")
    assert scope.cancelled_caught


async def test_gpus_are_lent_whole_or_in_fractions() -> None:
    broker = NodeBroker(4, ["0", "GPU-1"])
    half, other_half = await broker.acquire(1, 0.5, "a"), await broker.acquire(1, 0.5, "b")
    assert half.devices == other_half.devices == ("0",)
    whole = await broker.acquire(1, 1, "c")
    assert whole.devices == ("GPU-1",)
    await broker.acquire(4, 0, "d")  # GPU leases take no CPUs from the pool
    with anyio.move_on_after(0.05) as scope:
        await broker.acquire(1, 0.5, "e")
    assert scope.cancelled_caught
    for lease in (half, other_half, whole):
        await broker.release(lease)
    assert set((await broker.acquire(1, 2, "f")).devices) == {"0", "GPU-1"}
    with pytest.raises(UserError, match="asks for 3 GPU"):
        await broker.acquire(1, 3, "g")


async def test_a_device_leaves_when_it_is_free_and_others_are_lent_meanwhile() -> None:
    broker, gone = NodeBroker(4, ["0", "1"], most_gpus=2), anyio.Event()
    first = await broker.acquire(1, 0.5, "a")
    broker.remove(first.devices[0], then=gone.set)
    second = await broker.acquire(1, 0.5, "b")
    assert second.devices != first.devices
    assert not gone.is_set()
    await broker.release(first)
    assert gone.is_set()
    assert broker.missing_devices == 0
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(broker.acquire, 1, 1, "c")
        await anyio.wait_all_tasks_blocked()
        assert broker.missing_devices == 1
        broker.add(first.devices[0])
    assert broker.idle_devices == []


async def test_no_mix_of_trials_waits_on_itself() -> None:
    await run_mixes(300, seed=random.randrange(1000))


def _content(path: Path) -> bytes:
    """Nothing, where a command was paused before it wrote anything."""
    return path.read_bytes() if path.exists() else b""


async def test_a_long_command_is_paused_until_it_has_a_cpu(tier: str, opened: Open, workspace: Path) -> None:
    broker, clock = NodeBroker(1), TrialClock()
    held = await broker.acquire(1, 0, "neighbour")
    async with opened(tier, broker=broker, clock=clock, free_s=0.2) as sandbox:
        process = await sandbox.spawn(
            f"(setsid bash -c '{COUNT.format(n=200, file='b')}' >/dev/null &); " + COUNT.format(n=20, file="a")
        )
        await until(lambda: clock.waited_s > 0.1)
        before = [_content(workspace / name) for name in "ab"]
        await anyio.sleep(0.5)
        assert [_content(workspace / name) for name in "ab"] == before
        assert process.running
        # A short command needs no lease, so it does not queue behind the neighbour.
        assert (await sandbox.exec("echo quick")).output == b"quick\n"
        await broker.release(held)
        result = await process.wait(20)
        assert result is not None
        assert result.output == b"done\n"
        assert result.waited_s > 0.5
        assert clock.waited_s > 0.5
        with anyio.move_on_after(0.05) as scope:
            await broker.acquire(1, 0, "next")
        assert scope.cancelled_caught, "what the command left running holds the lease"
    with anyio.fail_after(30):
        await broker.acquire(1, 0, "next")


async def test_waiting_is_added_to_the_time_limit(opened: Open) -> None:
    broker, clock = NodeBroker(1), TrialClock()
    held = await broker.acquire(1, 0, "neighbour")
    async with opened("bwrap", broker=broker, clock=clock, free_s=0.1) as sandbox, anyio.create_task_group() as tasks:

        async def release_later() -> None:
            await until(lambda: clock.waited_s > LIMIT_S)
            await broker.release(held)

        tasks.start_soon(release_later)
        result = await sandbox.exec(COUNT.format(n=10, file="a"), timeout_s=LIMIT_S)
        assert (result.timed_out, result.output) == (False, b"done\n")
        assert result.duration_s < LIMIT_S < result.waited_s


async def test_commands_of_a_trial_share_its_lease(opened: Open) -> None:
    """A daemon and the command that needs it never wait on each other, whatever the node is doing."""
    broker = NodeBroker(1)
    async with opened("bwrap", broker=broker, free_s=0.1) as sandbox:
        daemon = await sandbox.spawn("mkfifo a; while true; do echo pong > a; sleep 0.1; done")
        await anyio.sleep(0.5)
        result = await sandbox.exec("for i in 1 2 3 4; do cat a; sleep 0.1; done", timeout_s=10)
        assert result.output == b"pong\n" * 4
        larger = await sandbox.exec("sleep 0.4; echo $OMP_NUM_THREADS", resources=Resources(cpus=3.5), timeout_s=10)
        assert larger.output == b"4\n"
        assert daemon.running


async def test_killing_a_paused_command_stops_the_waiting(opened: Open) -> None:
    broker, clock = NodeBroker(1), TrialClock()
    await broker.acquire(1, 0, "neighbour")
    async with opened("bwrap", broker=broker, clock=clock, free_s=0.1) as sandbox:
        process = await sandbox.spawn("sleep 60")
        await until(lambda: clock.waited_s > 0.2)
        await process.kill()
        await process.wait()
        waited = clock.waited_s
        await anyio.sleep(0.2)
        assert clock.waited_s == waited


async def test_gpu_commands_hold_one_lease_for_the_trial(opened: Open) -> None:
    broker = NodeBroker(2, ["0", "1"])
    seen: list[bytes] = []

    async def train(sandbox: Session) -> None:
        result = await sandbox.exec("echo $CUDA_VISIBLE_DEVICES; sleep 0.3", resources=Resources(gpus=1))
        seen.append(result.output)

    async with opened("bwrap", broker=broker) as one, opened("bwrap", broker=broker) as two:
        async with anyio.create_task_group() as tasks:
            for sandbox in (one, one, two):
                tasks.start_soon(train, sandbox)
        assert sorted(seen) in ([b"0\n", b"0\n", b"1\n"], [b"0\n", b"1\n", b"1\n"])
        assert (await one.exec("echo $CUDA_VISIBLE_DEVICES")).output == b"\n"
        with anyio.fail_after(30):
            await broker.acquire(1, 2, "all are free again")
