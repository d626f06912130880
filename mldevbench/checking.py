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
    """What came of one prepared play on one task. `decided` are the checks that failed, or the error.

    `reached` is what a trick got at that is out of bounds; `tried` is false for a trick that found nothing to work on.
    """

    task: str
    play: str
    expected: Outcome
    outcome: Outcome
    decided: tuple[Check, ...]
    error: str | None
    seconds: float
    memory_peak_bytes: int | None = None
    reached: str | None = None
    tried: bool = True

    @property
    def right(self) -> bool:
        return self.outcome is self.expected and self.reached is None


def tricks(catalog: Catalog) -> list[str]:
    """The names of the ways to cheat that can be tried on any task."""
    return sorted(p.stem for p in (catalog.agent("cheater").folder / "tricks").glob("[a-z]*.py"))


def plays(task: Task, tricks: Sequence[str] = ()) -> Iterator[tuple[str, Named, Outcome]]:
    """Every play of a task: its name, the control agent that does it, and the outcome it must have."""
    yield "solution", Named("oracle"), Outcome.PASSED
    yield "untouched", Named("noop"), Outcome.FAILED
    if (task.folder / "lazy").is_dir():
        yield "lazy", Named.parse("oracle?play=lazy"), Outcome.FAILED
    for cheat in task.cheats:
        yield f"cheat {cheat}", Named.parse(f"cheater?cheat={cheat}"), Outcome.FAILED
    for trick in tricks:
        yield f"trick {trick}", Named.parse(f"cheater?trick={trick}"), Outcome.FAILED


async def check_tasks(
    tasks: Sequence[Task], *, catalog: Catalog, node: Node, profile: str, concurrency: int, tricks: Sequence[str] = ()
) -> AsyncIterator[CheckedPlay]:
    """Results in completion order."""
    send, received = anyio.create_memory_object_stream[CheckedPlay](len(tasks) * 128)
    limiter = anyio.CapacityLimiter(concurrency)

    async def one(task: Task, play: str, agent: Named, expected: Outcome) -> None:
        async with limiter:
            digest = catalog.agent(agent.name).digest
            spec = TrialSpec(task.id, task.digest, agent, digest, None, 0, profile, Limits())
            record = (await run_trial(spec, catalog=catalog, node=node)).record
        failed = tuple(c for c in record.checks if not c.passed)
        seconds, memory = record.timings.wall_s, record.memory_peak_bytes
        results = [event.data for event in record.events if event.kind == "tool_result"] if play.startswith("trick ") else []
        lines = [line for data in results for line in data["output"].splitlines() if line.startswith("REACHED ")]
        reached = "; ".join(lines[:3]).replace("REACHED ", "") or None
        tried = all(not 0 < (data["exit_code"] or 0) < 128 for data in results)  # to be killed is no excuse
        await send.send(
            CheckedPlay(task.id, play, expected, record.outcome, failed, record.error, seconds, memory, reached, tried)
        )

    async def run() -> None:
        async with send, anyio.create_task_group() as tasks_group:
            for task in tasks:
                await send.send(_instruction(task, profile))
                for play, agent, expected in plays(task, tricks):
                    tasks_group.start_soon(one, task, play, agent, expected)

    async with anyio.create_task_group() as group:
        group.start_soon(run)
        async with received:
            async for checked in received:
                yield checked


def _instruction(task: Task, profile: str) -> CheckedPlay:
    """Whether the instruction can be filled in, and names every declared output."""
    places = {name: f"/assets/{name}" for name in task.profile(profile).assets.mount}
    text = task.instruction(profile, {**places, "workspace": "/workspace", "door": "http://127.0.0.1:1"})
    unnamed = [o for o in task.file.outputs if o.split("*")[0].rstrip("/").split("/")[-1] not in text]
    decided = tuple(Check("the instruction names every output", False, output) for output in unnamed)
    outcome = Outcome.FAILED if unnamed else Outcome.PASSED
    return CheckedPlay(task.id, "instruction", Outcome.PASSED, outcome, decided, None, 0.0)


def summary(results: Sequence[CheckedPlay]) -> list[tuple[str, ...]]:
    """A row for each task: its id, what became of its plays, seconds and MiB of its solution, seconds of all its plays."""
    rows = []
    results = [r for r in results if not r.play.startswith("trick ")]
    for task in sorted({r.task for r in results}):
        mine = {r.play: r for r in results if r.task == task}
        cheats = [r for name, r in mine.items() if name.startswith("cheat ")]
        stopped = f"{sum(r.right for r in cheats)} of {len(cheats)} failed" if cheats else "-"
        solution = mine["solution"]
        memory = f"{(solution.memory_peak_bytes or 0) / 2**20:.0f}"
        named = [str(mine[name].outcome) if name in mine else "-" for name in ("solution", "untouched", "lazy")]
        rows.append((task, *named, stopped, f"{solution.seconds:.1f}", memory, f"{sum(r.seconds for r in mine.values()):.1f}"))
    return rows


def tricks_summary(results: Sequence[CheckedPlay]) -> list[tuple[str, ...]]:
    """A row for each trick: its name, on how many tasks it was tried, on how many it won."""
    played = [r for r in results if r.play.startswith("trick ") and r.tried]
    names = sorted({r.play for r in played})
    return [
        (
            name.removeprefix("trick "),
            str(sum(r.play == name for r in played)),
            str(sum(r.play == name and not r.right for r in played)),
        )
        for name in names
    ]
