"""Which trials count: those of the newest task and agent content, held against what the sweeps were to run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mldevbench.report.text import plain

LIMITS = ("max_steps", "max_time_s", "max_tokens", "max_cost_usd")
IDENTITY = ("task", "agent", "model", "seed", *LIMITS)

Row = Mapping[str, Any]


def arm_of(row: Row, grid: bool) -> str:
    words = [row["agent"], row["model"] or ""]
    if grid:
        words += [f"{k.removeprefix('max_')}<={row[k]:g}" for k in LIMITS if row[k] is not None]
    return plain(" ".join(w for w in words if w))


def current(rows: Sequence[Row], runs: Sequence[Row]) -> list[Row]:
    """Those of the content that was planned last.

    A changed task or agent is another one, so its earlier trials are no repeats of the later ones and are never pooled.
    """
    tasks = {task: digest for run in runs for task, digest in run["tasks"].items()}
    agents = {arm["agent"]: arm["digest"] for run in runs for arm in run["arms"]}
    return [
        row
        for row in rows
        if tasks.get(row["task"], row["task_digest"]) == row["task_digest"]
        and agents.get(row["agent"], row["agent_digest"]) == row["agent_digest"]
    ]


def planned(run: Row) -> Iterator[Row]:
    """The trials of a run, as sweep.json states it."""
    for task in run["tasks"]:
        for arm in run["arms"]:
            for seed in run["seeds"]:
                for limits in run["limits"]:
                    yield {"task": task, "agent": arm["agent"], "model": arm["model"], "seed": seed, **limits}


def cell_of(row: Row) -> tuple[Any, ...]:
    return tuple(row[k] for k in IDENTITY)
