"""Checks tasks with the control agents: the reference must pass; untouched workspace, lazy solution and cheats must fail."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import anyio
from anyio.abc import ObjectSendStream

from mldevbench.catalog import Catalog, Task
from mldevbench.node import Node
from mldevbench.outcome import Check, Outcome, TrialRecord
from mldevbench.place import trial_folder
from mldevbench.solution import Solution
from mldevbench.spec import Limits, Named, TrialSpec
from mldevbench.trial import run_trial
from mldevbench.workspace import Left


@dataclass(frozen=True, slots=True)
class Play:
    """One prepared play on a task: the control agent that does it, and the outcome it must have.

    `after` is the play whose finished workspace it begins with, `fails` what the name of a check that fails must begin with.
    """

    name: str
    agent: Named
    expected: Outcome
    after: str | None = None
    fails: str | None = None


@dataclass(frozen=True, slots=True)
class CheckedPlay:
    """What came of one prepared play on one task. `decided` are the checks that failed, or the error.

    `fails` begins the name of the check that had to fail, if one had to. `reached` is what a trick got at that is out of bounds;
    `tried` is false for a trick that found nothing to work on.
    """

    task: str
    play: str
    expected: Outcome
    outcome: Outcome
    decided: tuple[Check, ...]
    error: str | None
    seconds: float
    memory_peak_bytes: int | None = None
    fails: str | None = None
    reached: str | None = None
    tried: bool = True

    @property
    def met(self) -> bool:
        """Whether the check that this play is meant to meet has failed."""
        return self.fails is None or any(check.name.startswith(self.fails) for check in self.decided)

    @property
    def right(self) -> bool:
        return self.outcome is self.expected and self.met and self.reached is None


def tricks(catalog: Catalog) -> list[str]:
    """The names of the ways to cheat that can be tried on any task."""
    return sorted(p.stem for p in (catalog.agent("cheater").folder / "tricks").glob("[a-z]*.py"))


def plays(task: Task, tricks: Sequence[str] = ()) -> Iterator[Play]:
    """Every play of a task. The name of a cheat's is that of its folder, as `cheats/NAME`."""
    yield Play("solution", Named("oracle"), Outcome.PASSED)
    yield Play("untouched", Named("noop"), Outcome.FAILED)
    if (task.folder / "lazy").is_dir():
        yield Play("lazy", Named.parse("oracle?play=lazy"), Outcome.FAILED)
    for cheat in task.cheats:
        prepared = Solution.load(task.folder, f"cheats/{cheat}")
        agent = Named.parse(f"cheater?cheat={cheat}{'&after=done' if prepared.after else ''}")
        yield Play(f"cheats/{cheat}", agent, Outcome.FAILED, prepared.after, prepared.fails)
    for trick in tricks:
        yield Play(f"trick {trick}", Named.parse(f"cheater?trick={trick}"), Outcome.FAILED)


async def check_tasks(
    tasks: Sequence[Task], *, catalog: Catalog, node: Node, profile: str, concurrency: int, tricks: Sequence[str] = ()
) -> AsyncIterator[CheckedPlay]:
    """Results in completion order. A play that others come after is played once, and each of them has a copy of what it left."""
    send, received = anyio.create_memory_object_stream[CheckedPlay](len(tasks) * 128)
    limiter = anyio.CapacityLimiter(concurrency)

    async def run() -> None:
        async with send, anyio.create_task_group() as group:
            for task in tasks:
                await send.send(_instruction(task, profile))
                group.start_soon(_Checking(task, tuple(plays(task, tricks)), catalog, node, profile, limiter, send).run)

    async with anyio.create_task_group() as group:
        group.start_soon(run)
        async with received:
            async for checked in received:
                yield checked


@dataclass(frozen=True)
class _Checking:
    """One task's plays, of which `limiter` lets only so many run at a time, together with those of other tasks."""

    task: Task
    plays: tuple[Play, ...]
    catalog: Catalog
    node: Node
    profile: str
    limiter: anyio.CapacityLimiter
    send: ObjectSendStream[CheckedPlay]

    async def run(self) -> None:
        async with trial_folder(self.task.id) as place:
            await self._all_after(None, None, place)

    async def _all_after(self, name: str | None, left: Left | None, place: Path) -> None:
        async with anyio.create_task_group() as group:
            for play in self.plays:
                if play.after == name:
                    group.start_soon(self._one, play, left, place)

    async def _one(self, play: Play, after: Left | None, place: Path) -> None:
        followed = any(other.after == play.name for other in self.plays)
        keep = place / play.name.replace("/", "-") if followed else None
        digest = self.catalog.agent(play.agent.name).digest
        spec = TrialSpec(self.task.id, self.task.digest, play.agent, digest, None, 0, self.profile, Limits())
        async with self.limiter:
            finished = await run_trial(spec, catalog=self.catalog, node=self.node, after=after, keep=keep)
        await self.send.send(_checked(play, finished.record))
        if followed:
            await self._all_after(play.name, finished.left, place)


def _checked(play: Play, record: TrialRecord) -> CheckedPlay:
    results = [event.data for event in record.events if event.kind == "tool_result"] if play.name.startswith("trick ") else []
    lines = [line for data in results for line in data["output"].splitlines() if line.startswith("REACHED ")]
    return CheckedPlay(
        task=str(record.trial["task"]),
        play=play.name,
        expected=play.expected,
        outcome=record.outcome,
        decided=tuple(check for check in record.checks if not check.passed),
        error=record.error,
        seconds=record.timings.wall_s,
        memory_peak_bytes=record.memory_peak_bytes,
        fails=play.fails,
        reached="; ".join(lines[:3]).replace("REACHED ", "") or None,
        tried=all(not 0 < (data["exit_code"] or 0) < 128 for data in results),  # to be killed is no excuse
    )


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
        cheats = [r for name, r in mine.items() if name.startswith("cheats/")]
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
