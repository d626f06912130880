"""The task x arm heat map of the page: a table whose cells are shaded by their rate and say it as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mldevbench.report.document import Line, Table
from mldevbench.report.study import Study
from mldevbench.report.tables import tasks


@dataclass(frozen=True, slots=True)
class Cell:
    """`shade` is the rate in percent, null for no cell; `detail` has the counts and the interval."""

    shade: int | None
    rate: str
    detail: str
    paper: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A task; `category` is set on the first of each."""

    task: str
    category: str | None
    cells: Sequence[Cell]


def heat(study: Study, *, paper: bool) -> tuple[Table, list[Row]]:
    """The table by task, and the same as rows of shaded cells."""
    table = tasks(study, paper=paper)
    rows, last = [], None
    for line in table.lines:
        title = line.labels[1]
        rows.append(Row(line.labels[0], title if title != last else None, _cells(line)))
        last = title
    return table, rows


def _cells(line: Line) -> list[Cell]:
    cells = []
    for entry in line.entries:
        paper = entry.source == "paper"
        if entry.estimate is None:
            cells.append(Cell(None, "-", "", paper))
        elif paper:
            cells.append(Cell(round(100 * entry.estimate), entry.text, "inferred" if entry.inferred else "", True))
        else:
            assert entry.low is not None
            assert entry.high is not None
            detail = f"{entry.successes}/{entry.trials} [{100 * entry.low:.0f}, {100 * entry.high:.0f}]"
            cells.append(Cell(round(100 * entry.estimate), f"{100 * entry.estimate:.0f}%", detail, False))
    return cells
