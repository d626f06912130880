"""Which trials count in a table: those of the newest task and agent content, held against what the sweep was to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LIMITS = ("max_steps", "max_time_s", "max_tokens", "max_cost_usd")
COLUMNS = ("task", "task_digest", "category", "agent", "agent_digest", "model", "seed", "outcome", *LIMITS)

Row = Mapping[str, Any]
Cell = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """`rows` of `trials` that count; how many were left out for `older` content; the planned cells that have no row."""

    rows: Sequence[Row]
    older: int
    missing: Sequence[Row]

    @property
    def is_grid(self) -> bool:
        """Whether limits differ: then they are part of what an arm is."""
        return len({tuple(row[k] for k in LIMITS) for row in (*self.rows, *self.missing)}) > 1


def counted(trials: Any, runs: Sequence[Row]) -> Counted:
    """`runs` as in sweep.json: all that any run of the sweep planned, each with the content that was planned last.

    A changed task or agent is another one, so its earlier trials are no repeats of the later ones and are never pooled.
    """
    rows = trials.select(COLUMNS).to_pylist()
    runs = [run for run in runs if "arms" in run]
    if not runs:
        return Counted(rows, 0, ())
    tasks = {task: digest for run in runs for task, digest in run["tasks"].items()}
    agents = {arm["agent"]: arm["digest"] for run in runs for arm in run["arms"]}
    kept = [
        r
        for r in rows
        if tasks.get(r["task"], r["task_digest"]) == r["task_digest"]
        and agents.get(r["agent"], r["agent_digest"]) == r["agent_digest"]
    ]
    done = {_cell(row) for row in kept}
    missing = {cell: row for run in runs for row in _planned(run) if (cell := _cell(row)) not in done}
    return Counted(kept, len(rows) - len(kept), tuple(missing.values()))


def _planned(run: Row) -> list[Row]:
    return [
        {"task": task, "agent": arm["agent"], "model": arm["model"], "seed": seed, **limits}
        for task in run["tasks"]
        for arm in run["arms"]
        for seed in run["seeds"]
        for limits in run["limits"]
    ]


def _cell(row: Row) -> Cell:
    return tuple(row[k] for k in ("task", "agent", "model", "seed", *LIMITS))
