"""Records as JSON: what the journal, the spool and the wire carry."""

from __future__ import annotations

import dataclasses
import json
from functools import cache
from typing import Any

from mldevbench.outcome import TrialRecord


def encode(record: TrialRecord) -> bytes:
    """One line of JSON. Text that is no valid Unicode is escaped, so that it comes back as it was.

    What JSON does not know (in the data of an event) goes in as its `repr`: an odd event must not cost a finished trial.
    """
    return json.dumps(dataclasses.asdict(record), ensure_ascii=True, separators=(",", ":"), default=repr).encode()


def decode(data: bytes) -> TrialRecord:
    """The record again. Raises ValueError when `data` is not one."""
    record: TrialRecord = _adapter().validate_python(json.loads(data))
    return record


@cache
def _adapter() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(TrialRecord)
