"""`make bench`: ratios measured side by side in one run. No thresholds: figures are for people to read."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio

from mldevbench.catalog import Catalog
from mldevbench.clock import TrialClock
from mldevbench.envs import task_python
from mldevbench.local import local_node
from mldevbench.node import Node
from mldevbench.sandbox import open_sandbox
from mldevbench.sandbox.base import SandboxSpec
from mldevbench.sandbox.broker import NodeBroker
from mldevbench.sandbox.kinds import TIERS
from mldevbench.sandbox.tiers import fault_of
from mldevbench.spec import Limits, Named, TrialSpec
from mldevbench.trial import run_trial

TORCH_TASK = "channelvit_no_tests"


async def main() -> None:
    await commands()
    await grading()


async def commands() -> None:
    """A command in a trial's sandbox, beside a plain process, in turns."""
    print(f"{'tier':10} {'start ms':>9} {'command ms':>11} {'plain ms':>9} {'ratio':>6}")
    python = task_python()
    for tier in [t for t in TIERS if fault_of(t, python) is None] + ["none"]:
        starts, inside, plain = [], [], []
        for _ in range(5):
            with tempfile.TemporaryDirectory() as folder:
                workspace = Path(folder) / "workspace"
                await anyio.Path(workspace).mkdir()
                begun = time.perf_counter()
                spec = SandboxSpec(workspace=workspace, python=python)
                async with open_sandbox(spec, tier=tier, broker=NodeBroker(2), clock=TrialClock()) as sandbox:
                    starts.append(time.perf_counter() - begun)
                    for _ in range(20):
                        inside.append(await seconds(lambda: sandbox.exec("true")))  # noqa: B023
                        plain.append(await seconds(lambda: anyio.run_process(["/bin/bash", "-c", "true"])))
        a, b, c = (1000 * statistics.median(x) for x in (starts, inside, plain))
        print(f"{tier:10} {a:9.1f} {b:11.2f} {c:9.2f} {b / c:6.2f}")


async def grading() -> None:
    """A trial that torch grades, with a warm process and without, in turns. CPU is that of all processes of the trial."""
    catalog = Catalog()
    wall: dict[bool, list[float]] = {True: [], False: []}
    cpu: dict[bool, list[float]] = {True: [], False: []}
    async with local_node(warm=True) as warm, local_node(warm=False) as cold:
        await graded(catalog, warm)  # starts the warm process
        for _ in range(3):
            for node in (warm, cold):
                before, begun = machine_cpu_s(), time.perf_counter()
                await graded(catalog, node)
                wall[node.warm is not None].append(time.perf_counter() - begun)
                cpu[node.warm is not None].append(machine_cpu_s() - before)
    for name, figures in (("wall", wall), ("CPU", cpu)):
        a, b = statistics.median(figures[True]), statistics.median(figures[False])
        print(f"torch-graded trial, {name}: warm {a:.2f} s, cold {b:.2f} s, ratio {b / a:.1f}")


async def graded(catalog: Catalog, node: Node) -> None:
    task, agent = catalog.task(TORCH_TASK), catalog.agent("oracle")
    spec = TrialSpec(task.id, task.digest, Named("oracle"), agent.digest, None, 0, "mini", Limits())
    record = (await run_trial(spec, catalog=catalog, node=node)).record
    assert record.outcome == "passed", record


async def seconds(work: Callable[[], Awaitable[object]]) -> float:
    begun = time.perf_counter()
    await work()
    return time.perf_counter() - begun


def machine_cpu_s() -> float:
    """Seconds that all processors of the machine have worked: probes are no children of this process."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    busy = sum(int(f) for f in fields) - int(fields[3]) - int(fields[4])
    return busy / 100


if __name__ == "__main__":
    anyio.run(main)
