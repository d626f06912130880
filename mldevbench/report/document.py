"""What a report is made of: tables whose every number carries what must be known to use it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mldevbench.stats import Rate


@dataclass(frozen=True, slots=True)
class Entry:
    """One number. `text` is how a table shows it; the rest is what CSV and JSON hold. Rates lie in [0, 1], null is unknown.

    `source` is `ours` or `paper`; `inferred` marks cells of the paper that are not legible there; `synthetic` a scripted model.
    """

    row: str
    column: str
    measure: str
    text: str
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    sd: float | None = None
    successes: int | None = None
    trials: int | None = None
    tasks: int | None = None
    question: str | None = None
    method: str | None = None
    source: Literal["ours", "paper"] = "ours"
    inferred: bool = False
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: its words (one for each heading), then its numbers."""

    labels: tuple[str, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`head` names the words in front, `columns` the numbers. The last line is set apart when `total`."""

    name: str
    title: str
    head: tuple[str, ...]
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    total: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """Tables, and the notes without which they cannot be read."""

    title: str
    tables: Sequence[Table]
    notes: Sequence[str]


def rate_entry(row: str, column: str, rate: Rate, *, source: Literal["ours", "paper"] = "ours", synthetic: bool = False) -> Entry:
    return Entry(
        row,
        column,
        "success",
        rate.text(),
        rate.estimate,
        rate.low,
        rate.high,
        None,
        rate.successes,
        rate.trials,
        rate.tasks,
        rate.question,
        rate.method,
        source,
        synthetic=synthetic,
    )


def blank(row: str, column: str, measure: str = "success", source: Literal["ours", "paper"] = "ours") -> Entry:
    return Entry(row, column, measure, "-", source=source)
