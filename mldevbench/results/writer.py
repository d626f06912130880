"""The one writer of a results folder: a record is acknowledged once it is on stable storage, and sealed into Parquet later."""

from __future__ import annotations

import fcntl
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from mldevbench.outcome import Outcome, TrialRecord, UserError
from mldevbench.results.codec import decode, encode
from mldevbench.results.info import SweepInfo, open_info
from mldevbench.results.journal import DATASETS, Range, entries, entry_name, parts, uncovered
from mldevbench.results.storage import Storage

SEAL_BYTES = 64 * 2**20
SEAL_SECONDS = 300.0


@dataclass(slots=True)
class _Pending:
    """Entries that no part covers yet."""

    numbers: list[int]
    bytes: int = 0
    since: float = 0.0


class ResultsWriter:
    """Appends records to a results folder. Make it with `open`; one at a time for a folder.

    `finished` maps the key of every trial that passed or failed to its outcome. A record that is delivered a second time, or
    belongs to a trial that is finished already, is ignored: `trials/` never has two rows of one trial.
    On a local path a lock file keeps a second writer out; on an object store that is the caller's to see to.
    """

    def __init__(self, storage: Storage, name: str, lock: IO[str] | None) -> None:
        self.place = storage.base
        self.name = name
        self.finished: dict[str, Outcome] = {}
        self._storage = storage
        self._lock = lock
        self._attempts: dict[str, set[int]] = {}
        self._next = 0
        self._pending = _Pending([])
        self._recover()

    @classmethod
    def open(cls, place: str, info: SweepInfo) -> ResultsWriter:
        """Starts or continues a results folder. Raises UserError for one that cannot be written or holds another sweep."""
        storage = Storage.at(place)
        try:
            open_info(storage, info)
            lock = _lock(storage) if storage.local else None
        except OSError as error:
            raise UserError(f"--out {place} cannot be written: {error.strerror or error}; choose another folder") from None
        return cls(storage, info.name, lock)

    def attempts_of(self, trial_key: str) -> int:
        """The highest number of an attempt that is recorded, 0 when there is none."""
        return max(self._attempts.get(trial_key, {0}))

    def append(self, record: TrialRecord, submission: bytes | None = None) -> None:
        self.append_many([(record, submission)])

    def append_many(self, items: Sequence[tuple[TrialRecord, bytes | None]]) -> None:
        """Returns once all of them are on stable storage: this is the acknowledgement. One fsync for all records together."""
        lines: list[bytes] = []
        for record, submission in items:
            if record.trial_key in self.finished or record.attempt in self._attempts.get(record.trial_key, ()):
                continue
            if submission is not None:
                name = f"submissions/{record.trial_key}-{record.attempt}.tar.gz"
                self._storage.put(name, submission)
                record = replace(record, submission=name)
            self._note(record.trial_key, record.attempt, Outcome(record.outcome))
            lines.append(encode(record))
        if lines:
            self._put_entry(b"\n".join(lines) + b"\n")

    def seal(self) -> None:
        """Moves what the journal holds into Parquet parts."""
        numbers = self._pending.numbers
        if not numbers:
            return
        from mldevbench.results.rows import tables

        covered = Range(numbers[0], numbers[-1])
        records = [r for n in numbers for r in read_entry(self._storage, n)]
        for dataset, table in sorted(tables(records, self.name).items(), key=lambda item: DATASETS.index(item[0])):
            self._storage.put(f"{dataset}/{covered.part}", _parquet(table))
        for number in numbers:
            self._storage.delete(entry_name(number))
        self._pending = _Pending([])

    def close(self) -> None:
        """Seals, and lets another writer in."""
        self.seal()
        if self._lock is not None:
            self._lock.close()

    def _put_entry(self, data: bytes) -> None:
        self._storage.put(entry_name(self._next), data)
        if not self._pending.numbers:
            self._pending.since = time.monotonic()
        self._pending.numbers.append(self._next)
        self._pending.bytes += len(data)
        self._next += 1
        if self._pending.bytes > SEAL_BYTES or time.monotonic() - self._pending.since > SEAL_SECONDS:
            self.seal()

    def _recover(self) -> None:
        """Finishes what a killed writer left: parts without their last dataset go, and so do entries that a part covers."""
        storage, complete = self._storage, parts(self._storage)
        for dataset in DATASETS[:-1]:
            for leftover in set(parts(storage, dataset)) - set(complete):
                storage.delete(f"{dataset}/{leftover.part}")
        found = entries(storage)
        waiting = uncovered(found, complete)
        for number in set(found) - set(waiting):
            storage.delete(entry_name(number))
        self._next = max([*found, *(r.last for r in complete)], default=-1) + 1
        for part in complete:
            for row in read_part(storage, "attempts", part, ["trial_key", "attempt", "outcome"]).to_pylist():
                self._note(row["trial_key"], row["attempt"], Outcome(row["outcome"]))
        for number in waiting:
            for record in read_entry(storage, number):
                self._note(record.trial_key, record.attempt, Outcome(record.outcome))
        self._pending = _Pending(waiting, since=time.monotonic())

    def _note(self, trial_key: str, attempt: int, outcome: Outcome) -> None:
        self._attempts.setdefault(trial_key, set()).add(attempt)
        if outcome.graded:
            self.finished[trial_key] = outcome


def read_entry(storage: Storage, number: int) -> list[TrialRecord]:
    return [decode(line) for line in storage.get(entry_name(number)).splitlines() if line]


def read_part(storage: Storage, dataset: str, part: Range, columns: list[str] | None = None) -> Any:
    from pyarrow import parquet

    return parquet.read_table(io.BytesIO(storage.get(f"{dataset}/{part.part}")), columns=columns)


def _parquet(table: Any) -> bytes:
    from pyarrow import parquet

    buffer = io.BytesIO()
    parquet.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def _lock(storage: Storage) -> IO[str]:
    path = Path(storage.path(".lock"))
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        owner = file.read().strip()
        raise UserError(
            f"--out {storage.base} is being written by process {owner}; wait for it or choose another folder"
        ) from None
    file.truncate(0)
    import os

    file.write(str(os.getpid()))
    file.flush()
    return file
