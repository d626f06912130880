"""Grades stored submissions again with the tasks and graders of today. Agents are not run, and no trial is changed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import anyio

from mldevbench.catalog import Catalog, Task
from mldevbench.node import Node
from mldevbench.outcome import Check, Grade, GraderError, InfraError, Outcome, UserError
from mldevbench.place import trial_folder
from mldevbench.workspace import Heard, gather, grade_again

if TYPE_CHECKING:
    from mldevbench.results import Results

UNREADABLE = "outputs can be read"
"""The check of what could not be taken out of the workspace, and so is no part of the stored submission."""
_BATCH = 4096
"""Trials whose rows are looked at together."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A graded trial. `heard` is what its door took in, null when that was not kept; `refused` is carried over."""

    trial_key: str
    attempt: int
    title: str
    task: str
    profile: str
    outcome: Outcome
    submission: str | None
    heard: Heard | None = None
    refused: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Regraded:
    """The new verdict, or `skipped`: why there is none."""

    stored: Stored
    task_digest: str = ""
    outcome: Outcome | None = None
    checks: tuple[Check, ...] = ()
    error: str | None = None
    isolation: str = ""
    skipped: str | None = None

    @property
    def changed(self) -> bool:
        return self.graded and self.outcome is not self.stored.outcome

    @property
    def graded(self) -> bool:
        return self.outcome is not None and self.outcome.graded

    def row(self) -> dict[str, Any]:
        return {
            "trial_key": self.stored.trial_key,
            "attempt": self.stored.attempt,
            "regraded_at": datetime.now(UTC),
            "task": self.stored.task,
            "task_digest": self.task_digest,
            "outcome_before": str(self.stored.outcome),
            "outcome": str(self.outcome),
            "error": self.error,
            "checks": json.dumps([asdict(check) for check in self.checks]),
            "isolation": self.isolation,
        }


def stored(results: Results, wanted: Callable[[Mapping[str, Any]], bool]) -> list[Stored]:
    """The graded trials of a folder that are wanted, with all that grading needs to know of them."""
    import pyarrow.compute as pc

    found = [_stored(row) for batch in results.trials.to_batches(_BATCH) for row in batch.to_pylist() if wanted(row)]
    mine = pc.field("trial_key").isin([each.trial_key for each in found])
    heard: dict[tuple[str, int], Heard] = {}
    for event in results.table("events", mine & (pc.field("kind") == "door")).to_pylist():
        data = json.loads(event["data"])
        heard[event["trial_key"], event["attempt"]] = Heard(tuple(data["requests"]), data["services"])
    refused: dict[tuple[str, int], tuple[Check, ...]] = {}
    for check in results.table("checks", mine & (pc.field("name") == UNREADABLE) & ~pc.field("passed")).to_pylist():
        refused[check["trial_key"], check["attempt"]] = (Check(UNREADABLE, False, check["detail"]),)
    keys = [(each.trial_key, each.attempt) for each in found]
    return [replace(e, heard=heard.get(k), refused=refused.get(k, ())) for e, k in zip(found, keys, strict=True)]


def _stored(row: Mapping[str, Any]) -> Stored:
    return Stored(
        trial_key=row["trial_key"],
        attempt=row["attempt"],
        title=" ".join(str(w) for w in (row["task"], row["agent"], row["model"] or "", "seed", row["seed"]) if w != ""),
        task=row["task"],
        profile=row["profile"],
        outcome=Outcome(row["outcome"]),
        submission=row["submission"],
    )


async def regrade(
    found: Sequence[Stored], read: Callable[[str], bytes], *, catalog: Catalog, node: Node, concurrency: int
) -> AsyncIterator[Regraded]:
    """New verdicts in completion order; `read` gives the bytes of a submission by its name."""
    send, received = anyio.create_memory_object_stream[Regraded](0)
    waiting = iter(found)

    async def work() -> None:
        for each in waiting:
            await send.send(await regrade_one(each, read, catalog=catalog, node=node))

    async def run() -> None:
        async with send, anyio.create_task_group() as tasks:
            for _ in range(concurrency):
                tasks.start_soon(work)

    async with anyio.create_task_group() as group:
        group.start_soon(run)
        async with received:
            async for verdict in received:
                yield verdict


async def regrade_one(each: Stored, read: Callable[[str], bytes], *, catalog: Catalog, node: Node) -> Regraded:
    task = catalog.tasks.get(each.task)
    skipped = _reason_to_skip(each, task)
    if skipped or task is None or each.submission is None:
        return Regraded(each, skipped=skipped)
    outcome, error, found = Outcome.GRADER_ERROR, None, Grade(())
    try:
        packed = await anyio.to_thread.run_sync(read, each.submission)
        assets = await gather(task, each.profile, node.python)
        async with trial_folder("regrade") as place:
            heard = each.heard or Heard()
            found = await grade_again(task, each.profile, packed, place=place, node=node, assets=assets, heard=heard)
        found = Grade(each.refused + found.checks, found.metrics)
        outcome = found.outcome
    except FileNotFoundError:
        return Regraded(each, skipped="its submission is gone")
    except UserError as problem:
        return Regraded(each, skipped=str(problem))
    except GraderError as problem:
        error = str(problem)
    except InfraError as problem:
        outcome, error = Outcome.INFRA_ERROR, str(problem)
    return Regraded(each, task.digest, outcome, found.checks, error, node.tier)


def _reason_to_skip(each: Stored, task: Task | None) -> str | None:
    if task is None:
        return "there is no such task any more"
    if each.profile not in task.file.profiles:
        return f"the task has no profile {each.profile} any more"
    if each.submission is None:
        return "its submission was not kept"
    chosen = task.profile(each.profile)
    if each.heard is None and (chosen.services or chosen.assets.serve):
        return "what its door heard was not kept"
    return None


def summary(verdicts: Iterable[Regraded]) -> list[tuple[str, ...]]:
    """A row for each task: graded again, verdicts that are the same, passed now, failed now, neither, skipped."""
    found = list(verdicts)
    rows = []
    for task in sorted({v.stored.task for v in found}):
        mine = [v for v in found if v.stored.task == task]
        changed = [v for v in mine if v.changed]
        numbers = (
            sum(v.skipped is None for v in mine),
            sum(v.graded and not v.changed for v in mine),
            sum(v.outcome is Outcome.PASSED for v in changed),
            sum(v.outcome is Outcome.FAILED for v in changed),
            sum(v.skipped is None and not v.graded for v in mine),
            sum(v.skipped is not None for v in mine),
        )
        rows.append((task, *map(str, numbers)))
    return rows
