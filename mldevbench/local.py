"""A node of one process: what `mldevbench run` and `mldevbench tasks check` run their trials on, without Ray."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import anyio

from mldevbench.envs import task_python
from mldevbench.gateway import Gateway, Price
from mldevbench.grading.warm import WarmServer
from mldevbench.node import Node
from mldevbench.paths import folder
from mldevbench.place import remove_leftovers
from mldevbench.sandbox.broker import NodeBroker
from mldevbench.sandbox.tiers import choose_tier, tier_with_proc


def visible_gpus() -> tuple[str, ...]:
    """NVIDIA's, as for CUDA_VISIBLE_DEVICES, and no others than that variable names."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return tuple(gpu.strip() for gpu in named.split(",") if gpu.strip())
    return tuple(sorted(path.name.removeprefix("nvidia") for path in Path("/dev").glob("nvidia[0-9]*")))


@asynccontextmanager
async def local_node(
    *,
    isolation: str | None = None,
    allow_unsandboxed: bool = False,
    keys: Mapping[str, str] | None = None,
    prices: Mapping[str, Price] | None = None,
    api_bases: Mapping[str, str] | None = None,
    warm: bool = True,
) -> AsyncIterator[Node]:
    """This process as a node. The task environment is built first when it is not there."""
    python = await anyio.to_thread.run_sync(task_python)
    await anyio.to_thread.run_sync(remove_leftovers)
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(Gateway(keys=keys or {}, prices=prices or {}, api_bases=api_bases or {}))
        tier = choose_tier(python, isolation, allow_none=allow_unsandboxed)
        server = await stack.enter_async_context(WarmServer.start(python, folder("run"))) if warm else None
        yield Node(
            name=socket.gethostname(),
            tier=tier,
            proc_tier=tier_with_proc(python, tier, isolation),
            python=python,
            gateway=gateway,
            broker=NodeBroker(os.cpu_count() or 1),
            warm=server.socket if server else None,
            gpus=visible_gpus(),
        )
