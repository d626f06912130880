"""Random mixes of trials on one node: the leases are real, the commands only sleep; whether any ever wait on each other."""

from __future__ import annotations

import random
import sys
import time
from contextlib import nullcontext

import anyio
import anyio.lowlevel

from mldevbench.clock import TrialClock
from mldevbench.sandbox.broker import NodeBroker, lent
from mldevbench.sandbox.leases import TrialLeases

AT_ONCE = 100
STUCK_S = 120.0


async def run_mixes(count: int, seed: int) -> None:
    """Raises when one is stuck, or when anything is lent after its end."""
    limiter = anyio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        async with limiter:
            await _mix(random.Random(seed * 1_000_000 + number), number)

    async with anyio.create_task_group() as tasks:
        for number in range(count):
            tasks.start_soon(one, number)


async def _mix(chance: random.Random, number: int) -> None:
    cpus, gpus = chance.choice([1.0, 2.0, 3.5, 8.0]), chance.randrange(5)
    devices = [str(device) for device in range(gpus)]
    broker = NodeBroker(cpus, devices)
    with anyio.move_on_after(STUCK_S) as scope:
        async with anyio.create_task_group() as tasks:
            for trial in range(chance.randint(2, 12)):
                tasks.start_soon(_trial, broker, chance, f"trial-{trial}", gpus)
            if devices and chance.random() < 0.5:
                tasks.start_soon(_come_and_go, broker, chance, devices[0])
        assert sorted(broker.idle_devices) == devices, f"mix {number}: a GPU was not given back"
        async with lent(broker, cpus, 0, "all CPUs are there"):
            pass
    assert not scope.cancelled_caught, f"mix {number} is stuck"


async def _trial(broker: NodeBroker, chance: random.Random, name: str, gpus: int) -> None:
    """Some commands beside each other, some of which are given up while they wait, then a grading with CPUs and GPUs."""
    leases = TrialLeases(broker, name, TrialClock(), _signal)
    asked = chance.choice([0.25, 0.5, 1.0, float(gpus)]) if gpus else 0.0
    async with anyio.create_task_group() as tasks:
        for command in range(chance.randint(1, 4)):
            tasks.start_soon(_command, leases, chance, command, asked if chance.random() < 0.5 else 0.0)
    if asked:
        async with lent(broker, 0, asked, name), lent(broker, chance.uniform(0.5, 4), 0, name):
            await anyio.lowlevel.checkpoint()
    assert leases.gpu_held_s >= 0.99 * min(asked, 1.0) * leases.gpu_work.seconds


async def _command(leases: TrialLeases, chance: random.Random, command: int, gpus: float) -> None:
    cpus = chance.uniform(0.5, 10)
    patience_s = chance.choice([0.002, STUCK_S, STUCK_S])
    with anyio.move_on_after(patience_s):
        if gpus:
            await leases.take_gpus(gpus, cpus, lend=True)
        try:
            with leases.gpu_work() if gpus else nullcontext():
                async with leases.cpus(command, cpus):
                    await anyio.sleep(chance.uniform(0, 0.003))
        finally:
            if gpus:
                await leases.drop_gpus()


async def _come_and_go(broker: NodeBroker, chance: random.Random, device: str) -> None:
    """A device leaves when nobody has it, and comes back."""
    gone = anyio.Event()
    broker.remove(device, then=gone.set)
    await gone.wait()
    await anyio.sleep(chance.uniform(0, 0.01))
    broker.add(device)


async def _signal(what: str, commands: list[int]) -> None:
    await anyio.lowlevel.checkpoint()


if __name__ == "__main__":
    wanted, start = int(sys.argv[1]), time.monotonic()
    anyio.run(run_mixes, wanted, 1)
    print(f"{wanted} mixes of trials, none stuck, nothing lent at the end of any; {time.monotonic() - start:.1f} s")
