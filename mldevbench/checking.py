"""Checks tasks with the control agents: the reference must pass; untouched workspace, lazy solution and cheats must fail."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

import anyio

from mldevbench.catalog import Catalog, Task
from mldevbench.node import Node
from mldevbench.outcome import Check, Outcome
from mldevbench.spec import Limits, Named, TrialSpec
from mldevbench.trial import run_trial


@dataclass(frozen=True, slots=True)
class CheckedPlay:
    """What came of one prepared play on one task. `decided` are the checks that failed, or the error."""

    task: str
    play: str
    expected: Outcome
    outcome: Outcome
    decided: tuple[Check, ...]
    error: str | None
    seconds: float

    @property
    def right(self) -> bool:
        return self.outcome is self.expected


def plays(task: Task) -> Iterator[tuple[str, Named, Outcome]]:
    """Every play of a task: its name, the control agent that does it, and the outcome it must have."""
    yield "solution", Named("oracle"), Outcome.PASSED
    yield "untouched", Named("noop"), Outcome.FAILED
    if (task.folder / "lazy").is_dir():
        yield "lazy", Named.parse("oracle?play=lazy"), Outcome.FAILED
    for cheat in task.cheats:
        yield f"cheat {cheat}", Named.parse(f"cheater?cheat={cheat}"), Outcome.FAILED


async def check_tasks(
    tasks: Sequence[Task], *, catalog: Catalog, node: Node, profile: str, concurrency: int
) -> AsyncIterator[CheckedPlay]:
    """Results in completion order."""
    send, received = anyio.create_memory_object_stream[CheckedPlay](len(tasks) * 64)
    limiter = anyio.CapacityLimiter(concurrency)

    async def one(task: Task, play: str, agent: Named, expected: Outcome) -> None:
        async with limiter:
            digest = catalog.agent(agent.name).digest
            spec = TrialSpec(task.id, task.digest, agent, digest, None, 0, profile, Limits())
            record = (await run_trial(spec, catalog=catalog, node=node)).record
        failed = tuple(c for c in record.checks if not c.passed)
        seconds = record.timings.wall_s
        await send.send(CheckedPlay(task.id, play, expected, record.outcome, failed, record.error, seconds))

    async def run() -> None:
        async with send, anyio.create_task_group() as tasks_group:
            for task in tasks:
                for play, agent, expected in plays(task):
                    tasks_group.start_soon(one, task, play, agent, expected)

    async with anyio.create_task_group() as group:
        group.start_soon(run)
        async with received:
            async for checked in received:
                yield checked
