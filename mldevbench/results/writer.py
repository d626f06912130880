"""The one writer of a results folder: a record is acknowledged once it is on stable storage, and sealed into Parquet later."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from errno import EDQUOT, ENOSPC
from itertools import groupby
from secrets import token_hex
from typing import IO, Any

from mldevbench.outcome import Outcome, TrialRecord, UserError
from mldevbench.results.info import SweepInfo, check_info, open_info
from mldevbench.results.journal import (
    DATASETS,
    Entry,
    Part,
    Range,
    entries,
    leftovers,
    pack_entry,
    parts,
    read_entry,
    read_part,
    uncovered,
)
from mldevbench.results.lock import lock
from mldevbench.results.parquet import DamagedFile, write_parquet
from mldevbench.results.schema import schema
from mldevbench.results.storage import Storage

SEAL_BYTES = 64 * 2**20
SEAL_SECONDS = 300.0


@dataclass(slots=True)
class _Pending:
    """Entries that no part covers yet, and what was added since sealing was last tried."""

    entries: list[Entry]
    bytes: int = 0
    since: float = field(default_factory=time.monotonic)

    @property
    def due(self) -> bool:
        return self.bytes > SEAL_BYTES or time.monotonic() - self.since > SEAL_SECONDS


class ResultsWriter:
    """Appends records to a results folder. Make it with `open`; one at a time for a folder, used by one thread at a time.

    `finished` maps the key of every trial that passed or failed to its outcome, `unfinished` that of every other one to the
    outcome of its last attempt. A record that is delivered a second time, or belongs to a trial that is finished already, is
    ignored and counted in `ignored`: `trials/` never has two rows of one trial. `id` is the folder's own, and stays the same
    from run to run; `runs` is what sweep.json says of all of them, the present one last.

    On a local path a lock file keeps a second writer out. An object store has no such lock: that there is one writer is the
    caller's to see to. Should there be two all the same, neither loses a record of the other, but a trial that both were
    given may have two rows.
    """

    def __init__(self, storage: Storage, name: str, lock: IO[str] | None, info: Mapping[str, Any] | None = None) -> None:
        self.place = storage.base
        self.name = name
        self.id: str = info["id"] if info else ""
        self.runs: list[Mapping[str, Any]] = info["runs"] if info else []
        self.finished: dict[str, Outcome] = {}
        self.unfinished: dict[str, Outcome] = {}
        self.ignored = 0
        self._storage = storage
        self._lock = lock
        self._attempts: dict[str, int] = {}  # a bit an attempt: a million trials must fit
        self._life = token_hex(4)
        self._next = 0
        self._pending = _Pending([])
        self._recover()

    @classmethod
    def open(cls, place: str, info: SweepInfo) -> ResultsWriter:
        """Starts or continues a results folder. Raises UserError for one that cannot be written or holds another sweep."""
        try:
            return cls.on(Storage.at(place), info)
        except OSError as error:
            mend = "free some, or choose another folder" if error.errno in (ENOSPC, EDQUOT) else "choose another folder"
            raise UserError(f"--out {place} cannot be written: {error.strerror or error}; {mend}") from None

    @classmethod
    def on(cls, storage: Storage, info: SweepInfo) -> ResultsWriter:
        check_info(storage, info)  # before the lock, which already leaves a file
        held = lock(storage)
        try:
            return cls(storage, info.name, held, open_info(storage, info))
        except BaseException:
            if held is not None:
                held.close()
            raise

    def attempts_of(self, trial_key: str) -> int:
        """The highest number of an attempt that is recorded, 0 when there is none."""
        return max(0, self._attempts.get(trial_key, 0).bit_length() - 1)

    def append(self, record: TrialRecord, submission: bytes | None = None) -> None:
        self.append_many([(record, submission)])

    def append_many(self, items: Sequence[tuple[TrialRecord, bytes | None]]) -> None:
        """Returns once all of them are on stable storage: this is the acknowledgement. One fsync for all records together.

        Raises OSError when they could not be written; nothing is acknowledged then, and all may be sent again.
        """
        fresh: list[TrialRecord] = []
        try:
            for record, submission in items:
                if record.trial_key in self.finished or self._attempts.get(record.trial_key, 0) >> record.attempt & 1:
                    self.ignored += 1
                    continue
                if submission is not None:
                    name = submission_name(record, submission)
                    self._storage.put(name, submission)
                    record = replace(record, submission=name)
                self._note(record.trial_key, record.attempt, Outcome(record.outcome))
                fresh.append(record)
            if fresh:
                self._put_entry(pack_entry(fresh))
        except BaseException:
            for record in fresh:
                self._forget(record)
            raise
        if self._pending.due:
            self._try_to_seal()

    def seal(self) -> None:
        """Moves what the journal holds into Parquet parts, one for the entries of each writer's life."""
        waiting = uncovered(self._pending.entries, parts(self._storage)) if self._pending.entries else []
        self._pending.entries = []
        for life, group in groupby(sorted(waiting, key=lambda e: (e.writer, e.number)), key=lambda e: e.writer):
            own = list(group)
            try:
                self._write_part(Range(own[0].number, own[-1].number, life), own)
            except BaseException:
                self._pending.entries = uncovered(waiting, parts(self._storage))
                raise
        self._pending = _Pending([])
        if waiting:
            gone = [entry.name for entry in waiting] + leftovers(self._storage, parts(self._storage))
            self._storage.each(self._storage.delete, gone)

    def close(self) -> None:
        """Seals, and lets another writer in. What cannot be sealed now stays in the journal, where readers see it."""
        try:
            self._try_to_seal()
        finally:
            self.release()

    def release(self) -> None:
        """Lets another writer in without sealing: nothing is lost by that."""
        if self._lock is not None:
            self._lock.close()

    def _write_part(self, covered: Range, own: list[Entry]) -> None:
        from mldevbench.results.rows import tables

        found = self._storage.each(lambda entry: read_entry(self._storage, entry), own)
        rows = tables((record for records in found for record in records), self.name)
        for dataset in DATASETS:
            write_parquet(self._storage, f"{dataset}/{Part.of(covered).file}", schema(dataset), [rows[dataset]])

    def _put_entry(self, data: bytes) -> None:
        """The number is used up by success only: an entry of which nobody knows whether it arrived is overwritten by the next."""
        entry = Entry(self._next, self._life)
        self._storage.put(entry.name, data)
        self._next += 1
        if not self._pending.entries:
            self._pending.since = time.monotonic()
        self._pending.entries.append(entry)
        self._pending.bytes += len(data)

    def _try_to_seal(self) -> None:
        """The records are acknowledged whether this works or not; it is tried again later, at the latest by the next writer."""
        try:
            self.seal()
        except (OSError, DamagedFile):
            self._pending = _Pending(self._pending.entries)

    def _recover(self) -> None:
        """Finishes what a killed writer left, and learns what is recorded."""
        storage, complete = self._storage, parts(self._storage)
        found = entries(storage)
        waiting = uncovered(found, complete)
        storage.each(storage.delete, [e.name for e in set(found) - set(waiting)] + leftovers(storage, complete))
        self._next = max([*(e.number for e in found), *(r.last for part in complete for r in part.covers)], default=-1) + 1
        for part in complete:
            table = read_part(storage, "attempts", part, ["trial_key", "attempt", "outcome"])
            for key, attempt, outcome in zip(*(column.to_pylist() for column in table.columns), strict=True):
                self._note(key, attempt, Outcome(outcome))
        for records in storage.each(lambda entry: read_entry(storage, entry), waiting):
            for record in records:
                self._note(record.trial_key, record.attempt, Outcome(record.outcome))
        self._pending = _Pending(waiting)

    def _note(self, trial_key: str, attempt: int, outcome: Outcome) -> None:
        last = self.attempts_of(trial_key)
        self._attempts[trial_key] = self._attempts.get(trial_key, 0) | 1 << attempt
        if outcome.graded:
            self.finished[trial_key] = outcome
            self.unfinished.pop(trial_key, None)
        elif trial_key not in self.finished and attempt > last:
            self.unfinished[trial_key] = outcome

    def _forget(self, record: TrialRecord) -> None:
        self._attempts[record.trial_key] ^= 1 << record.attempt
        self.finished.pop(record.trial_key, None)


def submission_name(record: TrialRecord, submission: bytes) -> str:
    """Holds 16 hexadecimal digits of its SHA-256: whether a stored submission is the one that was graded shows by itself."""
    return f"submissions/{record.trial_key}-{record.attempt}-{hashlib.sha256(submission).hexdigest()[:16]}.tar.gz"
