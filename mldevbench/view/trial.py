"""One trial, and one attempt of it, as the pages show them."""

from __future__ import annotations

import json
from typing import Any

from mldevbench.catalog import Catalog, Task
from mldevbench.outcome import UserError
from mldevbench.report.text import plain_lines
from mldevbench.view.changes import changes
from mldevbench.view.index import Index, Row


def trial(index: Index, key: str) -> dict[str, Any] | None:
    """Every attempt of a trial with its checks and metrics; None when there is no such trial."""
    attempts = index.rows_of(key)
    if not attempts:
        return None
    return {
        "attempts": [
            _row(attempt) | {name: [shown(r) for r in index.detail(name, attempt)] for name in ("checks", "metrics")}
            for attempt in attempts
        ]
    }


def trajectory(index: Index, attempt: Row) -> dict[str, Any]:
    """The events of an attempt and its model calls, each in order."""
    events = sorted(index.detail("events", attempt), key=lambda e: e["index"])
    calls = sorted(index.detail("calls", attempt), key=lambda c: c["index"])
    return {
        "events": [shown(event | {"data": json.loads(event["data"])}) for event in events],
        "calls": [shown(call | {"started_at": call["started_at"].isoformat()}) for call in calls],
    }


def files(index: Index, attempt: Row) -> dict[str, Any]:
    """What the agent left, against what it was given."""
    if not attempt["submission"]:
        return {"error": "no submission was kept", "files": []}
    task = _same_task(attempt)
    try:
        packed = index.file(attempt["submission"])
    except FileNotFoundError:
        return {"error": f"{attempt['submission']} is missing", "files": []}
    outputs = list(task.file.outputs) if task else []
    return shown(changes(packed, task.folder if task else None, outputs))  # type: ignore[no-any-return]


def _same_task(attempt: Row) -> Task | None:
    try:
        task = Catalog().task(attempt["task"])
    except UserError:
        return None
    return task if task.digest == attempt["task_digest"] else None


def _row(attempt: Row) -> Row:
    row: Row = shown({k: v for k, v in attempt.items() if k not in ("source", "started_at")})
    return row | {"started_at": attempt["started_at"].isoformat()}


def shown(value: Any) -> Any:
    """The same with every text made safe to show: no terminal escapes, no characters that turn the direction of writing."""
    if isinstance(value, str):
        return plain_lines(value)
    if isinstance(value, dict):
        return {plain_lines(str(key)): shown(item) for key, item in value.items()}
    return [shown(item) for item in value] if isinstance(value, list | tuple) else value
