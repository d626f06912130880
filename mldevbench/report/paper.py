"""The paper's own numbers, from data files: its Tables 2 and 3 (`paper.csv`) and 4 (`paper_costs.csv`).

Each was a single run of a task. A cell of Table 3 that is not legible in the text was inferred from its totals and neighbours.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class PaperArm:
    """`column` is its name in the data files."""

    column: str
    title: str


ARMS = (
    PaperArm("react_sonnet", "react-sonnet"),
    PaperArm("openhands_sonnet", "openhands-sonnet"),
    PaperArm("aide_4o", "aide-4o"),
    PaperArm("react_4o", "react-4o"),
)
COST_ARMS = ARMS[:2]
"""The arms whose costs Table 4 states."""


@dataclass(frozen=True, slots=True)
class Run:
    """One cell of Table 3."""

    passed: bool
    inferred: bool


@dataclass(frozen=True, slots=True)
class PaperTask:
    """A row: `runs`, `costs_usd` and `tokens` by the arm's column; the last two are empty where Table 4 has no such row."""

    row: str
    category: str
    runs: Mapping[str, Run]
    costs_usd: Mapping[str, float]
    tokens: Mapping[str, int]


@cache
def paper_tasks() -> Mapping[str, PaperTask]:
    """Row -> task, in the paper's order."""
    costs = {line["paper_row"]: line for line in _read("paper_costs.csv")}
    return {
        line["paper_row"]: PaperTask(
            line["paper_row"],
            line["category"],
            {a.column: Run(line[a.column] == "1", line[f"{a.column}_inferred"] == "1") for a in ARMS},
            _numbers(costs.get(line["paper_row"]), "cost_usd"),
            {column: int(value) for column, value in _numbers(costs.get(line["paper_row"]), "tokens").items()},
        )
        for line in _read("paper.csv")
    }


def paper_counts(arm: PaperArm, category: str | None) -> list[tuple[int, int]]:
    """(successes, trials) of each task of a category (by title), or of all."""
    return [(int(t.runs[arm.column].passed), 1) for t in paper_tasks().values() if category in (None, t.category)]


def _numbers(line: Mapping[str, str] | None, measure: str) -> dict[str, float]:
    return {a.column: float(line[f"{a.column}_{measure}"]) for a in COST_ARMS} if line else {}


def _read(name: str) -> list[dict[str, str]]:
    text = (files("mldevbench") / "report" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
