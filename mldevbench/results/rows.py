"""From a record to the rows of the six datasets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from mldevbench.outcome import Outcome, TrialRecord
from mldevbench.results.schema import schema
from mldevbench.spec import TrialSpec

Row = dict[str, Any]


def tables(records: Iterable[TrialRecord], sweep: str) -> dict[str, Any]:
    """Dataset -> pyarrow table with the rows of these records."""
    rows: dict[str, list[Row]] = {name: [] for name in ("trials", "attempts", "calls", "checks", "metrics", "events")}
    for record in records:
        attempt = attempt_row(record, sweep)
        rows["attempts"].append(attempt)
        if Outcome(record.outcome).graded:
            rows["trials"].append(attempt)
        for name, row in _parts(record):
            rows[name].append(row)
    return {name: pa.Table.from_pylist([fit(row) for row in found], schema=schema(name)) for name, found in rows.items()}


def attempt_row(record: TrialRecord, sweep: str) -> Row:
    spec = TrialSpec.from_dict(record.trial)
    return {
        "trial_key": record.trial_key,
        "attempt": record.attempt,
        "sweep": sweep,
        "task": spec.task,
        **{k: record.labels.get(k) for k in ("title", "paper_row", "category")},
        "task_digest": spec.task_digest,
        "agent": str(spec.agent),
        "agent_args": _json(spec.agent.arguments()),
        "agent_digest": spec.agent_digest,
        "model": str(spec.model) if spec.model else None,
        "model_args": _json(spec.model.arguments()) if spec.model else None,
        "seed": spec.seed,
        "seed_controls": list(record.seed_controls),
        "profile": spec.profile,
        **asdict(spec.limits),
        "outcome": str(record.outcome),
        "stop_reason": record.stop_reason and str(record.stop_reason),
        "error_kind": record.error_kind,
        "error": record.error,
        **asdict(record.usage),
        **asdict(record.timings),
        "memory_peak_bytes": record.memory_peak_bytes,
        "isolation": record.isolation or None,
        "node": record.node or None,
        "started_at": _time(record.started_at),
        "synthetic_model": record.synthetic_model,
        "submission": record.submission,
    }


def _parts(record: TrialRecord) -> Iterator[tuple[str, Row]]:
    key = {"trial_key": record.trial_key, "attempt": record.attempt}
    for call in record.calls:
        yield "calls", key | asdict(call) | {"started_at": _time(call.started_at)}
    for index, check in enumerate(record.checks):
        yield "checks", key | {"index": index, **asdict(check)}
    for metric in record.metrics:
        yield "metrics", key | asdict(metric)
    for event in record.events:
        yield "events", key | {"index": event.index, "at_s": event.at_s, "kind": event.kind, "data": _json(event.data)}


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _json(data: Any) -> str:
    """JSON that every engine parses: a number that JSON does not know (NaN, infinity) becomes its name."""
    try:
        return json.dumps(data, allow_nan=False)
    except ValueError:
        return json.dumps(json.loads(json.dumps(data), parse_constant=str))


def fit(row: Row) -> Row:
    """Makes every value one that Parquet can hold, for one that cannot would keep all others from being sealed.

    Strings are UTF-8 there: a lone surrogate, which agents' output may hold, becomes a question mark. A count beyond 64 bits
    is unknown.
    """

    def fitting(value: Any) -> Any:
        if isinstance(value, str):
            return value.encode("utf-8", "replace").decode()
        if isinstance(value, int):
            return value if -(2**63) <= value < 2**63 else None
        return [fitting(item) for item in value] if isinstance(value, list | tuple) else value

    return {name: fitting(value) for name, value in row.items()}
