"""The part of a repair that looks at rows: doubled ones, ones without their counterpart, and submissions that are not there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from mldevbench.results import checks
from mldevbench.results.checks import Attempt, Row
from mldevbench.results.journal import DATASETS, Part, parts
from mldevbench.results.parquet import row_groups
from mldevbench.results.schema import schema

if TYPE_CHECKING:
    from mldevbench.results.repair import Mending

_HEADS = ("attempts", "trials")
"""The datasets with a row an attempt; the others hold its details."""


def mend_rows(mending: Mending) -> None:
    """When everything is sealed. In every part trials are rewritten last, so that a kill in between leaves what still shows."""
    storage = mending.storage
    found = {dataset: list(checks.rows(storage, dataset, parts(storage))) for dataset in _HEADS}
    _drop(mending, found)
    found = {dataset: list(checks.rows(storage, dataset, parts(storage))) for dataset in _HEADS}
    _complete(mending, found["attempts"], found["trials"])
    _mend_submissions(mending, found["attempts"])


def _drop(mending: Mending, found: dict[str, list[Row]]) -> None:
    """Doubled rows, and those whose key is not that of their content, go from all datasets; copies of the files stay aside."""
    surplus: dict[tuple[str, Part], set[int]] = defaultdict(set)
    misnamed = {row.attempt: row.true_key for row in found["attempts"] if row.attempt[0] != row.true_key}
    mending.done.lost |= set(misnamed.values())
    for dataset, rows in found.items():
        for row in checks.doubled(rows) + [row for row in rows if row.attempt in misnamed]:
            surplus[dataset, row.source].add(row.index)
    for part in sorted({part for _, part in surplus}):
        stay = {r.attempt for r in found["attempts"] if r.source == part and r.index not in surplus["attempts", part]}
        gone = {r.attempt for r in found["attempts"] if r.source == part and r.index in surplus["attempts", part]} - stay
        for dataset in DATASETS:
            indices = surplus.get((dataset, part), set())
            if indices if dataset in _HEADS else gone:
                tables = _without(mending, dataset, part, indices, gone)
                mending.rewrite(dataset, part, tables, copy=True)
                mending.say(f"{dataset}/{part.file}", "rows of trials that have others already, or a wrong key, are dropped")


def _without(mending: Mending, dataset: str, part: Part, indices: Collection[int], gone: Collection[Attempt]) -> Iterator[Any]:
    import pyarrow as pa

    start = 0
    for table in row_groups(mending.storage, f"{dataset}/{part.file}"):
        if dataset in _HEADS:
            keep = [start + i not in indices for i in range(table.num_rows)]
        else:
            keys = zip(table["trial_key"].to_pylist(), table["attempt"].to_pylist(), strict=True)
            keep = [key not in gone for key in keys]
        start += table.num_rows
        yield table.filter(pa.array(keep, pa.bool_())).cast(schema(dataset))


def _complete(mending: Mending, attempts: Sequence[Row], trials: Sequence[Row]) -> None:
    """A graded attempt has a row in trials, and the reverse: both datasets have the same columns."""
    graded = {row.attempt: row for row in attempts if row.graded}
    listed = {row.attempt: row for row in trials}
    for source, target, missing in (
        ("trials", "attempts", [listed[a] for a in listed.keys() - graded.keys()]),
        ("attempts", "trials", [graded[a] for a in graded.keys() - listed.keys()]),
    ):
        for part in sorted({row.source for row in missing}):
            wanted = {row.attempt for row in missing if row.source == part}
            mending.rewrite(target, part, _with(mending, target, source, part, wanted), copy=False)
            mending.say(f"{target}/{part.file}", f"{len(wanted)} row(s) made again from {source}")


def _with(mending: Mending, target: str, source: str, part: Part, wanted: Collection[Attempt]) -> Iterator[Any]:
    import pyarrow as pa

    yield from (table.cast(schema(target)) for table in row_groups(mending.storage, f"{target}/{part.file}"))
    for table in row_groups(mending.storage, f"{source}/{part.file}"):
        keys = zip(table["trial_key"].to_pylist(), table["attempt"].to_pylist(), strict=True)
        yield table.filter(pa.array([key in wanted for key in keys], pa.bool_())).cast(schema(target))


def _mend_submissions(mending: Mending, attempts: Sequence[Row]) -> None:
    """Rows name no submission that is not there as it was; submissions that no row names are set aside."""
    storage = mending.storage
    named = {row.submission: row for row in attempts if row.submission}
    damage = checks.submission_damage(storage, sorted(named))
    for name, reason in damage.items():
        mending.say(name, f"{reason}; trial {named[name].attempt[0]} stays, but cannot be graded again")
    for part in sorted({named[name].source for name in damage}):
        for dataset in _HEADS:
            mending.rewrite(dataset, part, _unnamed(mending, dataset, part, damage), copy=False)
    for name in [*damage, *checks.unnamed_submissions(storage, named)]:
        mending.put_aside(name)
        if name not in damage:
            mending.say(name, "set aside; no row names it")


def _unnamed(mending: Mending, dataset: str, part: Part, names: Collection[str]) -> Iterator[Any]:
    import pyarrow as pa

    for table in row_groups(mending.storage, f"{dataset}/{part.file}"):
        column = [None if name in names else name for name in table["submission"].to_pylist()]
        place = table.schema.get_field_index("submission")
        yield table.set_column(place, "submission", pa.array(column, pa.string())).cast(schema(dataset))
