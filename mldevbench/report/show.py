"""Whole reports, from what was found in the results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mldevbench.report import tables
from mldevbench.report.arms import arms
from mldevbench.report.document import Document, Table
from mldevbench.report.formats import print_document
from mldevbench.report.limits import limits
from mldevbench.report.notes import apart_notes, missing_notes, notes
from mldevbench.report.scores import collect, scores
from mldevbench.report.study import Study, study_of
from mldevbench.report.times import EXPLAINED, slowest, times

if TYPE_CHECKING:
    from mldevbench.results import Results

TABLES = ("categories", "tasks", "costs", "arms", "limits", "scores")
MORE = ("time", "slowest")
"""Tables that are shown only when they are named."""


def print_report(results: Results) -> None:
    """The table by category on the terminal, as at the end of a sweep."""
    study = study_of([results])
    print_document(report_document(study, ["categories"], paper=False) if study.trials else empty_document(study))


def report_document(study: Study, names: Sequence[str], *, paper: bool, metrics: Sequence[Any] = ()) -> Document:
    """The named tables of a study that has trials; `metrics` are those of its folders, for the scores."""
    makers: Mapping[str, Callable[[], Table]] = {
        "categories": lambda: tables.categories(study, paper=paper),
        "tasks": lambda: tables.tasks(study, paper=paper),
        "costs": lambda: tables.costs(study, paper=paper),
        "arms": lambda: arms(study),
        "limits": lambda: limits(study),
        "scores": lambda: scores(study, collect(study, metrics)),
        "time": lambda: times(study),
        "slowest": lambda: slowest(study),
    }
    found = [makers[name]() for name in names]
    words = [EXPLAINED] if "time" in names else []
    return Document(", ".join(study.names), [t for t in found if t.lines], [*notes(study, paper=paper), *words])


def empty_document(study: Study) -> Document:
    """Of a study without a trial: why there is no table, what is missing and what is apart."""
    return Document(", ".join(study.names), [], [nothing(study), *missing_notes(study), *apart_notes(study)])


def nothing(study: Study) -> str:
    """Why there is no table."""
    if study.older:
        return f"No trial of the present tasks and agents is graded yet; {study.older} of earlier content are."
    return "No trial is graded yet." if not study.thin else "No task has that many seeds yet."


def paper_document() -> Document:
    words = "Single runs, Wilson intervals; * marks a cell that is not legible in the text and was inferred from its totals."
    return Document("ML-Dev-Bench, as published", tables.paper_only(), [words])
