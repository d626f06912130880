"""The bounds that the kernel does not hold for us: memory, disk, and processes where there is no limit of the kernel's."""

from __future__ import annotations

import time
from collections.abc import Callable

import anyio
import anyio.to_thread

from mldevbench.outcome import AgentError
from mldevbench.sandbox.base import SandboxLimits
from mldevbench.sandbox.cage import Cage

MEMORY_S = 0.2
DISK_S = 2.0


async def watch(cage: Cage, limits: SandboxLimits, fail: Callable[[AgentError], None]) -> None:
    """Looks at a sandbox until it breaks a bound, and says so once."""
    if cage.table is None:
        return
    next_disk = time.monotonic() + DISK_S
    while True:
        await anyio.sleep(MEMORY_S)
        broken = None
        resident = cage.table.memory_at_most()
        cage.memory_peak = max(cage.memory_peak, resident)
        # The exact figure takes a walk through page tables, so it is read only when the cheap bound leaves a doubt.
        if resident > limits.memory and await anyio.to_thread.run_sync(cage.table.memory) > limits.memory:
            broken = over("memory", limits.memory)
        elif cage.group.out_of_memory():
            broken = over("memory", limits.memory)
        elif len(cage.table.numbers()) > 2 * limits.processes:
            broken = f"the sandbox went over its process limit of {limits.processes}"
        elif time.monotonic() >= next_disk:
            began = time.monotonic()
            workspace, tmp = await anyio.to_thread.run_sync(cage.disk_bytes, abandon_on_cancel=True)
            if workspace > limits.workspace:
                broken = over("workspace", limits.workspace)
            elif tmp > limits.tmp:
                broken = over("temporary files", limits.tmp)
            # A folder with millions of files takes long to walk; it gets a tenth of the time, whatever its size.
            next_disk = time.monotonic() + max(DISK_S, 10 * (time.monotonic() - began))
        if broken:
            fail(AgentError(broken))
            return


def over(what: str, limit: int) -> str:
    """What an agent is told whose sandbox went over a limit, in bytes."""
    return f"the sandbox went over its {what} limit of {limit / 2**30:.3g} GiB"
