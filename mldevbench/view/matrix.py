"""The sweep at a glance: every task against every arm, and the list of trials behind a cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow.compute as pc

from mldevbench.catalog import CATEGORIES
from mldevbench.outcome import Outcome
from mldevbench.report.planned import LIMITS
from mldevbench.report.table import arm_of
from mldevbench.view.index import Index

PAGE = 200
"""Trials in one answer of the list."""
_GROUP = ("task", "title", "category", "task_digest", "agent", "agent_digest", "model", *LIMITS, "synthetic_model", "outcome")
_LISTED = (
    *("trial_key", "attempt", "task", "agent", "model", *LIMITS, "seed", "outcome", "stop_reason", "error_kind", "steps"),
    *("tokens_in", "tokens_out", "cost_usd", "solve_s", "wall_s", "started_at"),
)
_SEARCHED = ("trial_key", "task", "title", "agent", "model", "outcome", "stop_reason", "error_kind", "error", "node")


@dataclass(slots=True)
class Cell:
    """Graded trials of one task and arm, the attempts that count in no rate by outcome, and the Wilson interval of the rate."""

    passed: int = 0
    failed: int = 0
    apart: dict[str, int] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None

    def add(self, outcome: str, count: int) -> None:
        if outcome == Outcome.PASSED:
            self.passed += count
        elif outcome == Outcome.FAILED:
            self.failed += count
        else:
            self.apart[outcome] = self.apart.get(outcome, 0) + count

    def close(self) -> dict[str, Any]:
        from mldevbench.stats import wilson

        if graded := self.passed + self.failed:
            self.low, self.high = wilson(self.passed, graded)
        return asdict(self)


def matrix(index: Index) -> dict[str, Any]:
    """Tasks by category, arms, a cell for each pair that has any attempt, and for each arm the whole of its tasks.

    Content that has changed since (another digest of task or agent than was planned last) is counted in `older` and left out.
    """
    groups = index.attempts.group_by(list(_GROUP), use_threads=False).aggregate([([], "count_all")]).to_pylist()
    current = _current(groups, index.sweep["runs"])
    grid = len({tuple(g[k] for k in LIMITS) for g in current}) > 1
    cells: dict[tuple[str, str], Cell] = defaultdict(Cell)
    tasks: dict[str, dict[str, Any]] = {}
    arms: dict[str, bool] = {}
    for g in current:
        arm = arm_of(g, grid)
        cells[g["task"], arm].add(g["outcome"], g["count_all"])
        tasks[g["task"]] = {"id": g["task"], "title": g["title"], "category": g["category"]}
        arms[arm] = arms.get(arm, False) or g["synthetic_model"]
    order = list(CATEGORIES)
    known = sorted(tasks.values(), key=lambda t: (order.index(t["category"]) if t["category"] in order else 99, t["id"]))
    return {
        "tasks": known,
        "categories": CATEGORIES,
        "arms": [
            {"name": arm, "synthetic": synthetic, "overall": _overall(arm, cells)} for arm, synthetic in sorted(arms.items())
        ],
        "cells": [{"task": task, "arm": arm, **cell.close()} for (task, arm), cell in cells.items()],
        "older": sum(g["count_all"] for g in groups) - sum(g["count_all"] for g in current),
    }


def _overall(arm: str, cells: Mapping[tuple[str, str], Cell]) -> dict[str, Any] | None:
    from mldevbench.stats import fixed_rate

    counts = [(c.passed, c.passed + c.failed) for (_, a), c in cells.items() if a == arm and c.passed + c.failed]
    return asdict(fixed_rate(counts)) if counts else None


def _current(rows: list[dict[str, Any]], runs: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    planned = [run for run in runs if "arms" in run]
    tasks = {task: digest for run in planned for task, digest in run["tasks"].items()}
    agents = {arm["agent"]: arm["digest"] for run in planned for arm in run["arms"]}
    return [
        row
        for row in rows
        if tasks.get(row["task"], row["task_digest"]) == row["task_digest"]
        and agents.get(row["agent"], row["agent_digest"]) == row["agent_digest"]
    ]


def trials(index: Index, *, task: str, arm: str, outcome: str, text: str, start: int) -> dict[str, Any]:
    """A page of attempts by task, arm and seed; an empty filter lets all pass. `text` is sought in names, errors and nodes."""
    table = index.attempts
    grid = len(table.group_by(list(LIMITS), use_threads=False).aggregate([])) > 1
    for column, wanted in (("task", task), ("outcome", outcome)):
        if wanted:
            table = table.filter(pc.equal(table[column], wanted))
    for word in text.split():
        hits = [pc.fill_null(pc.match_substring(table[c], word, ignore_case=True), False) for c in _SEARCHED]
        any_hit = hits[0]
        for hit in hits[1:]:
            any_hit = pc.or_(any_hit, hit)
        table = table.filter(any_hit)
    if arm:
        table = _of_arm(table, arm, grid)
    table = table.sort_by([("task", "ascending"), ("agent", "ascending"), ("model", "ascending"), ("seed", "ascending")])
    rows = table.select(list(_LISTED)).slice(start, PAGE).to_pylist()
    shown = [row | {"arm": arm_of(row, grid), "started_at": row["started_at"].isoformat()} for row in rows]
    return {"total": len(table), "start": start, "rows": shown}


def _of_arm(table: Any, arm: str, grid: bool) -> Any:
    """An arm is known by its name, which is made of these columns."""
    columns = ["agent", "model", *LIMITS]
    same = [g for g in table.group_by(columns, use_threads=False).aggregate([]).to_pylist() if arm_of(g, grid) == arm]
    masks = [_all_equal(table, {k: g[k] for k in columns}) for g in same]
    if not masks:
        return table.slice(0, 0)
    mask = masks[0]
    for other in masks[1:]:
        mask = pc.or_(mask, other)
    return table.filter(mask)


def _all_equal(table: Any, values: Mapping[str, Any]) -> Any:
    masks = [pc.is_null(table[k]) if v is None else pc.fill_null(pc.equal(table[k], v), False) for k, v in values.items()]
    mask = masks[0]
    for other in masks[1:]:
        mask = pc.and_(mask, other)
    return mask
