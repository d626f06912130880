"""Merges the parts of a folder at rest into few large ones. Readers may read meanwhile, and a kill at any moment loses nothing.

A merged part begins to count, and those that it holds cease to, in one moment: when its file in `trials/` is renamed into place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from secrets import token_hex
from typing import Any

from mldevbench.results.info import read_info
from mldevbench.results.journal import DATASETS, Part, leftovers, parts
from mldevbench.results.lock import locked
from mldevbench.results.parquet import DamagedFile, row_groups, write_parquet
from mldevbench.results.regrades import regrade_parts
from mldevbench.results.schema import schema
from mldevbench.results.storage import Storage
from mldevbench.results.writer import ResultsWriter

LARGE = 256 * 2**20
"""Bytes of a part, all datasets together, to which others are merged; one of half that size is left as it is."""


def compact(storage: Storage) -> tuple[int, int]:
    """How many parts there were and are, regrades included. Raises UserError while a writer runs, and for damaged files."""
    name = read_info(storage)["name"]
    with locked(storage):
        ResultsWriter(storage, name, None).seal()
        before = _count(storage)
        for group in _groups(storage):
            _merge(storage, group)
        _merge_regrades(storage)
        return before, _count(storage)


def _count(storage: Storage) -> int:
    return len(parts(storage)) + len(regrade_parts(storage)[0])


def _groups(storage: Storage) -> Iterator[list[Part]]:
    group: list[Part] = []
    total = 0
    for part in parts(storage):
        size = storage.size(f"{dataset}/{part.file}" for dataset in DATASETS)
        if size >= LARGE / 2:
            continue
        group.append(part)
        total += size
        if total >= LARGE:
            yield group
            group, total = [], 0
    if len(group) > 1:
        yield group


def _merge(storage: Storage, group: Sequence[Part]) -> None:
    """Streams: a row group of one dataset is in memory at a time."""
    new = Part.merging(group, token_hex(4))
    for dataset in DATASETS:
        write_parquet(storage, f"{dataset}/{new.file}", schema(dataset), _tables(storage, dataset, group), new.merged)
    storage.each(storage.delete, leftovers(storage, parts(storage)))


def _tables(storage: Storage, dataset: str, group: Sequence[Part]) -> Iterator[Any]:
    for part in group:
        name = f"{dataset}/{part.file}"
        for table in row_groups(storage, name):
            if not table.schema.equals(schema(dataset)):
                raise DamagedFile(storage, name, "its columns are not those of this version's schema")
            yield table.cast(schema(dataset))


def _merge_regrades(storage: Storage) -> None:
    names, gone = regrade_parts(storage)
    storage.each(lambda name: storage.delete(f"regrades/{name}"), gone)
    if len(names) > 1:
        tables = (t.cast(schema("regrades")) for name in names for t in row_groups(storage, f"regrades/{name}"))
        write_parquet(storage, f"regrades/merged-{token_hex(4)}.parquet", schema("regrades"), tables, names)
        storage.each(lambda name: storage.delete(f"regrades/{name}"), names)
