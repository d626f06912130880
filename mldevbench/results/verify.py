"""Looks through a results folder as its readers would, and beyond. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from mldevbench.outcome import TrialRecord, UserError
from mldevbench.results import checks
from mldevbench.results.checks import Attempt, Row
from mldevbench.results.info import read_info
from mldevbench.results.journal import TRIES, Entry, Part, entries, leftovers, parts, salvage_entry, uncovered
from mldevbench.results.lock import writer_of
from mldevbench.results.parquet import DamagedFile
from mldevbench.results.regrades import regrade_names, regrade_parts
from mldevbench.results.storage import Storage

REPAIR = "mldevbench results repair"
AGAIN = f"run the sweep's command again, or {REPAIR}"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be in one file. `fault` is false for what is no damage and needs no mending."""

    file: str
    problem: str
    mend: str
    fault: bool = True


@dataclass(slots=True)
class Verdict:
    """What was found. `writer` is the process that was writing meanwhile: what is under way then is no fault."""

    writer: int | None
    findings: list[Finding] = field(default_factory=list)
    trials: int = 0
    attempts: int = 0
    submissions: int = 0
    keys: frozenset[str] = frozenset()

    @property
    def sound(self) -> bool:
        return not any(f.fault for f in self.findings)

    def add(self, file: str, problem: str, mend: str = REPAIR, *, fault: bool = True) -> None:
        self.findings.append(Finding(file, problem, mend, fault))


def verify(storage: Storage) -> Verdict:
    """Raises UserError when there is no results folder, and OSError when the storage cannot be reached."""
    verdict = Verdict(writer_of(storage))
    try:
        read_info(storage)
    except FileNotFoundError:
        if not storage.names("trials") + storage.names("journal"):
            raise UserError(f"{storage.base} holds no sweep (no sweep.json); name a results folder") from None
        verdict.add("sweep.json", checks.MISSING)
    except DamagedFile as damage:
        verdict.add("sweep.json", damage.reason)
    hopeless = checks.hopeless_parts(storage)
    for name, reason in hopeless.items():
        verdict.add(f"trials/{name}", f"{reason}, in all datasets: nobody can tell what it holds")
    if not hopeless:
        _look(storage, verdict)
    return verdict


def _look(storage: Storage, verdict: Verdict) -> None:
    complete, waiting, records = _snapshot(storage, verdict)
    readable = _check_files(storage, verdict, complete)
    found = [list(checks.rows(storage, dataset, readable)) for dataset in ("attempts", "trials")]
    journal = _journal_rows(records)
    for rows, graded_only in zip(found, (False, True), strict=True):
        rows += [row for row in journal if row.graded or not graded_only]
    attempts, trials = found
    _check_rows(verdict, attempts, trials)
    _check_submissions(storage, verdict, attempts, all_named=verdict.writer is None and readable == complete)
    if verdict.writer is None:
        _check_leftovers(storage, verdict, complete)
        for entry in waiting:
            verdict.add(entry.name, "waits to be sealed; other engines do not see it yet", AGAIN, fault=False)
    verdict.trials, verdict.attempts = len(trials), len(attempts)
    verdict.keys = frozenset(row.attempt[0] for row in trials)


def _snapshot(storage: Storage, verdict: Verdict) -> tuple[list[Part], list[Entry], list[TrialRecord]]:
    """Journal first, then parts, as readers do. The records are those of the entries that no part covers."""
    for _ in range(TRIES):
        found, complete = entries(storage), parts(storage)
        waiting = uncovered(found, complete)
        try:
            read = storage.each(lambda entry: salvage_entry(storage, entry), waiting)
        except FileNotFoundError:
            continue  # sealed this very moment
        for entry, (_, damage) in zip(waiting, read, strict=True):
            if damage:
                verdict.add(entry.name, damage)
        return complete, waiting, [record for records, _ in read for record in records]
    raise UserError(f"{storage.base} is being changed faster than it can be read; try again")


def _check_files(storage: Storage, verdict: Verdict, complete: Sequence[Part]) -> list[Part]:
    """Returns the parts whose trials and attempts can be held against each other."""
    readable = []
    for part, damage in zip(complete, storage.each(lambda part: checks.part_damage(storage, part), complete), strict=True):
        for dataset, reason in damage.items():
            verdict.add(f"{dataset}/{part.file}", reason)
        if not damage.keys() & {"attempts", "trials"}:
            readable.append(part)
    for name in regrade_names(storage):
        if wrong := checks.file_damage(storage, "regrades", name):
            verdict.add(f"regrades/{name}", wrong)
    return readable


def _journal_rows(records: Iterable[TrialRecord]) -> list[Row]:
    from mldevbench.results.rows import tables

    return list(checks.rows_of(tables(records, "")["attempts"], None))


def _check_rows(verdict: Verdict, attempts: Sequence[Row], trials: Sequence[Row]) -> None:
    for dataset, rows in (("attempts", attempts), ("trials", trials)):
        for row in rows:
            if row.attempt[0] != row.true_key:
                verdict.add(_place(dataset, row), f"{_words(row.attempt)}: the key is not that of the trial in its row")
        for row in checks.doubled(rows):
            verdict.add(_place(dataset, row), f"{_words(row.attempt)}: this trial has a row already")
    graded, listed = {row.attempt: row for row in attempts if row.graded}, {row.attempt: row for row in trials}
    for attempt in graded.keys() - listed.keys():
        verdict.add(_place("attempts", graded[attempt]), f"{_words(attempt)}: graded, but it has no row in trials")
    for attempt in listed.keys() - graded.keys():
        verdict.add(_place("trials", listed[attempt]), f"{_words(attempt)}: it has no row of a graded attempt in attempts")


def _check_submissions(storage: Storage, verdict: Verdict, attempts: Sequence[Row], *, all_named: bool) -> None:
    """`all_named`: a submission that no row names is not under way, nor named by a row that cannot be read."""
    named = {row.submission: row.attempt for row in attempts if row.submission}
    verdict.submissions = len(named)
    for name, damage in checks.submission_damage(storage, sorted(named)).items():
        verdict.add(name, f"{damage}; {_words(named[name])} cannot be graded again")
    for name in checks.unnamed_submissions(storage, named) if all_named else []:
        verdict.add(name, "no row names it: its trial was never acknowledged", AGAIN)


def _check_leftovers(storage: Storage, verdict: Verdict, complete: Sequence[Part]) -> None:
    """What a killed process left: nothing that counts, but other engines may read it."""
    for name in checks.temporaries(storage):
        verdict.add(name, "half a file, left by a process that was killed")
    covered = set(entries(storage)) - set(uncovered(entries(storage), complete))
    for name in [entry.name for entry in sorted(covered)] + leftovers(storage, complete):
        verdict.add(name, "its rows are in a part already; an interrupted seal or compaction left it", AGAIN)
    for name in checks.unfinished(storage, complete):
        verdict.add(name, "part of an interrupted seal, whose records are still in the journal", AGAIN)
    with suppress(DamagedFile):
        for name in regrade_parts(storage)[1]:
            verdict.add(f"regrades/{name}", "has been merged already; an interrupted compaction left it")
    for name in checks.strangers(storage):
        verdict.add(name, "is no file of a sweep, and other engines may read it")


def _place(dataset: str, row: Row) -> str:
    source: Any = row.source
    return f"{dataset}/{source.file}" if isinstance(source, Part) else "journal/"


def _words(attempt: Attempt) -> str:
    return f"trial {attempt[0]}, attempt {attempt[1]}"
