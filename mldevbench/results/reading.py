"""Reading a results folder, finished or still growing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from mldevbench.outcome import TrialRecord, UserError
from mldevbench.results.info import read_info
from mldevbench.results.journal import TRIES, Part, entries, parts, read_entry, read_part, uncovered
from mldevbench.results.regrades import read_regrades, write_regrades
from mldevbench.results.schema import schema
from mldevbench.results.storage import Storage


class Results:
    """A results folder at one moment: pyarrow tables `trials`, `attempts`, `calls`, `checks`, `metrics`, `events`.

    A table is read when it is first used, and of a later moment when parts were merged meanwhile. Rows that are acknowledged
    but not sealed into Parquet yet are included.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.sweep = read_info(storage)
        self._parts: list[Part] = []
        self._journal: list[TrialRecord] = []
        self._snapshot()

    def _snapshot(self) -> None:
        """Journal first, then parts: what is sealed in between is seen twice, told apart by the parts' ranges, and taken once."""
        for _ in range(TRIES):
            found = entries(self._storage)
            self._parts = parts(self._storage)
            waiting = uncovered(found, self._parts)
            try:
                read = self._storage.each(lambda entry: read_entry(self._storage, entry), waiting)
            except FileNotFoundError:
                continue  # sealed this very moment
            self._journal = [record for records in read for record in records]
            return
        raise UserError(f"{self._storage.base} is being changed faster than it can be read; try again")

    def table(self, dataset: str, where: Any = None, columns: Sequence[str] | None = None) -> Any:
        """`where`, an Arrow expression, chooses rows; of the others no more than a row group is in memory at a time.

        Of `columns`, no others are read.
        """
        import pyarrow as pa

        from mldevbench.results.rows import tables

        names = None if columns is None else list(columns)
        for _ in range(TRIES):
            known = self._parts
            try:
                found = self._storage.each(lambda part: read_part(self._storage, dataset, part, names, where=where), known)
            except FileNotFoundError as error:
                self._snapshot()
                if self._parts == known:
                    raise UserError(f"{self._storage.base} lacks a part ({error}); see `mldevbench results verify`") from None
                continue  # merged meanwhile
            unsealed = tables(self._journal, self.sweep["name"])[dataset]
            found.append(unsealed if where is None else unsealed.filter(where))
            wanted = schema(dataset) if names is None else pa.schema([schema(dataset).field(name) for name in names])
            return pa.concat_tables([t.select(wanted.names).cast(wanted) for t in found])
        raise UserError(f"{self._storage.base} is being changed faster than it can be read; try again")

    @property
    def unsealed(self) -> int:
        """Records that lie in the journal only, where other engines do not see them."""
        return len(self._journal)

    @cached_property
    def trials(self) -> Any:
        return self.table("trials")

    @cached_property
    def attempts(self) -> Any:
        return self.table("attempts")

    @cached_property
    def calls(self) -> Any:
        return self.table("calls")

    @cached_property
    def checks(self) -> Any:
        return self.table("checks")

    @cached_property
    def metrics(self) -> Any:
        return self.table("metrics")

    @cached_property
    def events(self) -> Any:
        return self.table("events")

    @cached_property
    def regrades(self) -> Any:
        """Every grading of `mldevbench report regrade`; the trials themselves are as they were."""
        return read_regrades(self._storage)

    def submission(self, name: str) -> bytes:
        """The packed submission that a row names (a .tar.gz). Raises FileNotFoundError."""
        return self._storage.get(name)

    def add_regrades(self, rows: Sequence[Mapping[str, Any]]) -> str:
        """Writes one more part of `regrades/`, and returns its name."""
        return write_regrades(self._storage, rows)


def load(path: str) -> Results:
    """The results at a local path or an object store's address. Raises UserError when no sweep is there."""
    storage = Storage.at(str(path))
    try:
        return Results(storage)
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"{path} holds no sweep (no sweep.json); name a results folder") from None
