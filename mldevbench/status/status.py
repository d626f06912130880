"""What is known of a sweep at one moment: what was planned, what is there, what runs, what went wrong, what it cost."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from mldevbench.report.planned import LIMITS
from mldevbench.report.text import last_line
from mldevbench.status.pulse import Pulse
from mldevbench.view.index import Index

PACE_S = 3600.0
"""The pace is that of the last hour, or of the run where it is younger."""
_KIND = ("task", "task_digest", "agent", "agent_digest", "model", *LIMITS)
COLUMNS = (*_KIND, "trial_key", "attempt", "seed", "outcome", "error_kind", "error", "cost_usd", "started_at", "wall_s")
"""Columns of `attempts/` that are read."""

State = Literal["running", "finished", "interrupted", "gave_up", "broken", "dead", "unknown"]
Kind = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """The trials of a task and an arm with one set of limits, over the seeds of the last run."""

    task: str
    agent: str
    model: str | None
    limits: Mapping[str, float | None]
    planned: int
    graded: int
    passed: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """Trials of the last run that are not graded, by how their last attempt ended; `last_error` is the newest."""

    kind: str
    trials: int
    last_error: str


@dataclass(frozen=True, slots=True)
class Status:
    """`pace` is graded trials a second, None before there are any; costs and attempts are of everything in the folder.

    `priceless` attempts made calls of which nobody knows the price: they are not in `cost_usd`.
    """

    place: str
    sweep: Mapping[str, Any]
    at: float
    state: State
    pulse: Pulse | None
    cells: tuple[Cell, ...]
    troubles: tuple[Trouble, ...]
    attempts: int
    cost_usd: float
    priceless: int
    unsealed: int
    pace: float | None

    @property
    def run(self) -> Mapping[str, Any]:
        """The last run, as sweep.json states it."""
        run: Mapping[str, Any] = self.sweep["runs"][-1]
        return run

    @property
    def planned(self) -> int:
        return sum(c.planned for c in self.cells)

    @property
    def graded(self) -> int:
        return sum(c.graded for c in self.cells)

    @property
    def passed(self) -> int:
        return sum(c.passed for c in self.cells)

    @property
    def missing(self) -> int:
        return self.planned - self.graded

    @property
    def seconds_left(self) -> float | None:
        """At the pace of now, for a sweep that runs."""
        return self.missing / self.pace if self.state == "running" and self.pace else None


def status_of(index: Index, pulse: Pulse | None, now: float | None = None) -> Status:
    """Of what the index (with `COLUMNS`) holds."""
    now = time.time() if now is None else now
    run = index.sweep["runs"][-1]
    attempts = index.attempts
    mine = attempts.filter(pc.is_in(attempts["seed"], pa.array(run["seeds"], pa.int64())))
    state = _state(pulse, now)
    until = now if state == "running" or pulse is None else pulse.at
    return Status(
        place=index.place,
        sweep=index.sweep,
        at=now,
        state=state,
        pulse=pulse,
        cells=tuple(_cells(run, mine)),
        troubles=tuple(_troubles(run, mine)),
        attempts=attempts.num_rows,
        cost_usd=pc.sum(attempts["cost_usd"]).as_py() or 0.0,
        priceless=attempts["cost_usd"].null_count,
        unsealed=index.unsealed,
        pace=_pace(attempts, datetime.fromisoformat(run["started"]).timestamp(), until),
    )


def _state(pulse: Pulse | None, now: float) -> State:
    if pulse is None:
        return "unknown"
    return pulse.end or ("running" if pulse.beating(now) else "dead")


def _kinds(run: Mapping[str, Any]) -> Iterator[Kind]:
    """The values of `_KIND` that the run planned, in order."""
    for task, digest in run["tasks"].items():
        for arm in run["arms"]:
            for limits in run["limits"]:
                yield (task, digest, arm["agent"], arm["digest"], arm["model"], *(limits[name] for name in LIMITS))


def _cells(run: Mapping[str, Any], attempts: pa.Table) -> Iterator[Cell]:
    counts: dict[Kind, Counter[str]] = {}
    if attempts.num_rows:
        for *values, outcome, n in _rows(attempts.group_by([*_KIND, "outcome"]).aggregate([([], "count_all")])):
            counts.setdefault(tuple(values), Counter())[outcome] = n
    for kind in _kinds(run):
        found = counts.get(kind, Counter())
        task, _, agent, _, model, *limits = kind
        graded = found["passed"] + found["failed"]
        yield Cell(task, agent, model, dict(zip(LIMITS, limits, strict=True)), len(run["seeds"]), graded, found["passed"])


def _troubles(run: Mapping[str, Any], attempts: pa.Table) -> list[Trouble]:
    """An attempt that is graded is the last of its trial."""
    graded = pc.is_in(attempts["outcome"], pa.array(["passed", "failed"]))
    bad = attempts.filter(pc.invert(graded))
    if not bad.num_rows:
        return []
    bad = bad.filter(pc.invert(pc.is_in(bad["trial_key"], attempts.filter(graded)["trial_key"].combine_chunks())))
    planned = set(_kinds(run))
    last: dict[str, tuple[datetime, str, str]] = {}
    for *kind, key, outcome, error_kind, error, begun in _rows(
        bad.sort_by("attempt").select([*_KIND, "trial_key", "outcome", "error_kind", "error", "started_at"])
    ):
        if tuple(kind) in planned:
            last[key] = (begun, error_kind or outcome, error or "")
    counts = Counter(kind for _, kind, _ in last.values())
    words = {kind: last_line(error) for _, kind, error in sorted(last.values())}
    return [Trouble(kind, n, words[kind]) for kind, n in counts.most_common()]


def _pace(attempts: pa.Table, started: float, until: float) -> float | None:
    """Graded trials a second, by when their attempts ended."""
    since = max(started, until - PACE_S)
    if until <= since:
        return None
    graded = attempts.filter(pc.is_in(attempts["outcome"], pa.array(["passed", "failed"])))
    begun = pc.divide(pc.cast(pc.cast(graded["started_at"], pa.int64()), pa.float64()), 1e6)
    ended = pc.add(begun, pc.fill_null(graded["wall_s"], 0.0))
    n = pc.sum(pc.and_(pc.greater_equal(ended, since), pc.less_equal(ended, until))).as_py()
    return n / (until - since) if n else None


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)
