"""A results folder that may still be growing, indexed so that one trial of many is found and read at once.

The attempts, a row each, are kept in memory as one Arrow table; everything else is read when it is asked for, from the one
Parquet part or journal entry that holds it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from mldevbench.results.info import read_info
from mldevbench.results.journal import Entry, Part, entries, parts, read_entry, read_part, uncovered
from mldevbench.results.rows import attempt_row, fit, tables
from mldevbench.results.schema import schema
from mldevbench.results.storage import Storage

LOOK_EVERY_S = 1.0
_TRIES = 10
_SOURCE = "source"
"""Column of the index: which of `_sources` holds the attempt."""

Source = Part | Entry
Row = dict[str, Any]


class Index:
    """Thread-safe. `version` grows whenever something came to the folder. With `columns`, only those of `attempts/` are read."""

    def __init__(self, storage: Storage, columns: Sequence[str] | None = None) -> None:
        self._storage = storage
        self._schema = schema("attempts") if columns is None else pa.schema([schema("attempts").field(c) for c in columns])
        self._lock = threading.Lock()
        self._known: dict[Source, Any] = {}
        self._sources: list[Source] = []
        self._table: Any = None
        self._looked = float("-inf")
        self.sweep: Mapping[str, Any] = {}
        self.version = 0
        self.refresh()

    @property
    def place(self) -> str:
        return self._storage.base

    @property
    def attempts(self) -> Any:
        """The columns of `attempts/`, and `source`."""
        return self._table

    @property
    def unsealed(self) -> int:
        """How many of the attempts are in the journal, not in Parquet yet."""
        return sum(len(self._known[source]) for source in self._sources if isinstance(source, Entry))

    def refresh(self) -> int:
        """Looks for what is new, at most once a second, and returns the version."""
        with self._lock:
            if time.monotonic() - self._looked >= LOOK_EVERY_S:
                self._look()
                self._looked = time.monotonic()
            return self.version

    def _look(self) -> None:
        """Journal first, then parts, as `results.reading` does: an entry that is sealed in between is not missed."""
        for _ in range(_TRIES):
            found = entries(self._storage)
            sealed = parts(self._storage)
            sources: list[Source] = [*sealed, *uncovered(found, sealed)]
            if sources == self._sources and self._table is not None:
                return
            try:
                known = {
                    source: self._known[source] if source in self._known else self._attempts_of(source) for source in sources
                }
            except FileNotFoundError:
                continue  # sealed this very moment
            marked = [t.append_column(_SOURCE, pa.array([i] * len(t), pa.int32())) for i, t in enumerate(known.values())]
            empty = self._schema.empty_table().append_column(_SOURCE, pa.array([], pa.int32()))
            self._table = pa.concat_tables([empty, *marked]).combine_chunks()
            self._known, self._sources = known, sources
            self.sweep = read_info(self._storage)
            self.version += 1
            return

    def _attempts_of(self, source: Source) -> Any:
        if isinstance(source, Part):
            return read_part(self._storage, "attempts", source, self._schema.names).cast(self._schema)
        rows = [fit(attempt_row(record, "")) for record in read_entry(self._storage, source)]
        return pa.Table.from_pylist(rows, self._schema)

    def rows_of(self, trial_key: str) -> list[Row]:
        """Every attempt of a trial, in order; none for a key that is not there."""
        found = self._table.filter(pc.equal(self._table["trial_key"], trial_key))
        return found.sort_by("attempt").to_pylist()  # type: ignore[no-any-return]

    def detail(self, dataset: str, attempt: Row) -> list[Row]:
        """The rows of `events`, `calls`, `checks` or `metrics` that belong to an attempt (a row of `rows_of`)."""
        try:
            return self._detail(dataset, attempt)
        except FileNotFoundError:  # the journal entry has been sealed, or the part merged, meanwhile
            with self._lock:
                self._look()
            again = [row for row in self.rows_of(attempt["trial_key"]) if row["attempt"] == attempt["attempt"]]
            return self._detail(dataset, again[0])

    def _detail(self, dataset: str, attempt: Row) -> list[Row]:
        source = self._sources[attempt[_SOURCE]]
        if isinstance(source, Entry):
            return _mine(tables(read_entry(self._storage, source), "")[dataset], attempt)
        rows: list[Row] = []
        with self._storage.filesystem.open_input_file(self._storage.path(f"{dataset}/{source.file}")) as stream:
            file = parquet.ParquetFile(stream, pre_buffer=False)
            for group in range(file.num_row_groups):
                keys = file.read_row_group(group, columns=["trial_key"], use_threads=False)["trial_key"]
                if pc.any(pc.equal(keys, attempt["trial_key"])).as_py():
                    rows += _mine(file.read_row_group(group, use_threads=False), attempt)
        return rows

    def file(self, name: str) -> bytes:
        """A file of the results folder. Raises FileNotFoundError."""
        return self._storage.get(name)


def _mine(table: Any, attempt: Row) -> list[Row]:
    same = pc.and_(pc.equal(table["trial_key"], attempt["trial_key"]), pc.equal(table["attempt"], attempt["attempt"]))
    return table.filter(same).drop_columns(["trial_key", "attempt"]).to_pylist()  # type: ignore[no-any-return]
