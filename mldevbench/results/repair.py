"""Mends a results folder without inventing anything. What is damaged, doubled or strange goes to `damaged/`, nothing is deleted.

It can be killed at any moment and be run again: in whatever order files are changed, what still has to be mended still shows.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from mldevbench.outcome import TrialRecord, UserError
from mldevbench.results import checks
from mldevbench.results.info import read_info
from mldevbench.results.journal import (
    DATASETS,
    Entry,
    Part,
    entries,
    pack_entry,
    parts,
    read_part,
    replaced_by,
    salvage_entry,
    uncovered,
)
from mldevbench.results.lock import locked
from mldevbench.results.mend_rows import mend_rows
from mldevbench.results.parquet import DamagedFile, read_parquet, write_parquet
from mldevbench.results.regrades import regrade_names, regrade_parts
from mldevbench.results.schema import SCHEMA_VERSION, schema
from mldevbench.results.storage import Storage
from mldevbench.results.writer import ResultsWriter


@dataclass(slots=True)
class Done:
    """What was mended, a line a thing, and the keys of trials that the damage took, as far as they can be told."""

    lines: list[str] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Mending:
    """A repair under way: where, what was done so far, and where that is put which must not be lost."""

    storage: Storage
    done: Done = field(default_factory=Done)
    aside: str = field(default_factory=lambda: f"damaged/{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{token_hex(2)}")

    def say(self, name: str, words: str) -> None:
        self.done.lines.append(f"{name}: {words}")

    def put_aside(self, name: str) -> None:
        with suppress(FileNotFoundError):
            self.storage.move(name, f"{self.aside}/{name}")

    def copy_aside(self, name: str) -> None:
        """Of a file that is about to be replaced."""
        with suppress(FileNotFoundError):
            data = self.storage.get(name)
            self.storage.put(f"{self.aside}/{name}", data)

    def rewrite(self, dataset: str, part: Part, tables: Iterable[Any], *, copy: bool) -> None:
        if copy:
            self.copy_aside(f"{dataset}/{part.file}")
        write_parquet(self.storage, f"{dataset}/{part.file}", schema(dataset), tables, part.merged)


def repair(storage: Storage) -> Done:
    """Raises UserError while a writer holds the lock, and where there is no sweep."""
    if not any(storage.names(folder) for folder in ("trials", "journal")) and "sweep.json" not in storage.names(""):
        raise UserError(f"{storage.base} holds no sweep (no sweep.json); name a results folder")
    mending = Mending(storage)
    with locked(storage):
        _mend_info(mending)
        for name in checks.temporaries(storage):
            storage.delete(name)
            mending.say(name, "deleted; it was half a file of a process that was killed")
        _mend_parts(mending)
        _mend_journal(mending)
        mend_rows(mending)
        _mend_rest(mending)
        mending.done.lost -= {row.attempt[0] for row in checks.rows(storage, "trials", parts(storage))} | {""}
    return mending.done


def _mend_info(mending: Mending) -> None:
    """A torn sweep.json is made again from what can still be read of it, and from the rows."""
    storage, torn = mending.storage, ""
    try:
        read_info(storage)
        return
    except FileNotFoundError:
        pass
    except DamagedFile:
        torn = storage.get("sweep.json").decode(errors="replace")
    told = {key: m[1] for key in ("name", "profile", "id") if (m := re.search(rf'"{key}": "([^"\\]*)"', torn))}
    known = {"name": storage.base.rsplit("/", 1)[-1], "id": token_hex(8)} | _told_by_rows(storage) | told
    if "profile" not in known:
        raise UserError(f"{storage.base}/sweep.json cannot be read, and there is no row to make it from; start in a new folder")
    mending.copy_aside("sweep.json")
    data = {key: known[key] for key in ("name", "profile", "id")} | {"schema_version": SCHEMA_VERSION, "runs": []}
    storage.put("sweep.json", json.dumps(data, indent=1).encode())
    mending.say("sweep.json", f"made again, as of the sweep {known['name']!r}; what its runs were to run is lost")
    if "id" not in told:
        mending.say("sweep.json", "the folder's id is lost: trials that still wait on the nodes for it are run again")


def _told_by_rows(storage: Storage) -> dict[str, str]:
    for dataset in ("trials", "attempts"):
        for name in storage.names(dataset):
            with suppress(DamagedFile):
                for row in read_parquet(storage, f"{dataset}/{name}", ["sweep", "profile"]).slice(0, 1).to_pylist():
                    return {"name": row["sweep"], "profile": row["profile"]}
    for entry in entries(storage):
        for record in salvage_entry(storage, entry)[0]:
            return {"profile": record.trial["profile"]}
    return {}


def _mend_parts(mending: Mending) -> None:
    """Before the journal, which may still hold what a damaged part took over."""
    storage = mending.storage
    for name, reason in checks.hopeless_parts(storage).items():
        _set_aside(mending, Part((), name), f"{reason}; nobody can tell what it holds")
    while damaged := [(part, damage) for part in parts(storage) if (damage := checks.part_damage(storage, part))]:
        for part, damage in damaged:
            _mend_part(mending, part, damage)


def _mend_part(mending: Mending, part: Part, damage: Mapping[str, str]) -> None:
    storage = mending.storage
    journal = [entry for entry in entries(storage) if not uncovered([entry], [part])]
    numbers = sum(r.last - r.first + 1 for r in part.covers)
    if len(journal) == numbers and not any(salvage_entry(storage, entry)[1] for entry in journal):
        _set_aside(mending, part, f"{_words(damage)}; sealed again from the journal, which still has its records")
    elif replaced_by(storage, part) == part.covers:
        _set_aside(mending, part, f"{_words(damage)}; the parts that were merged into it are still there, and count again")
    elif {"attempts", "trials"} <= damage.keys():
        for dataset in DATASETS[:-2]:
            if dataset not in damage:
                mending.done.lost |= set(read_part(storage, dataset, part, ["trial_key"])["trial_key"].to_pylist())
        _set_aside(mending, part, f"{_words(damage)}; its trials are lost")
    else:
        for dataset, reason in damage.items():
            table, how = _again(storage, dataset, part)
            mending.rewrite(dataset, part, [table], copy=True)
            mending.say(f"{dataset}/{part.file}", f"{reason}; {how}")


def _again(storage: Storage, dataset: str, part: Part) -> tuple[Any, str]:
    """Trials and attempts can be told by each other. Of the other datasets nothing is left."""
    import pyarrow.compute as pc

    if dataset == "trials":
        attempts = read_part(storage, "attempts", part)
        return attempts.filter(pc.field("outcome").isin(["passed", "failed"])), "made again from attempts, nothing is lost"
    if dataset == "attempts":
        return read_part(storage, "trials", part), "made again from trials; attempts that were not graded are lost"
    return schema(dataset).empty_table(), "its rows are lost; the trials stay"


def _set_aside(mending: Mending, part: Part, why: str) -> None:
    """The file in `trials/` first: without it, the others do not count."""
    for dataset in reversed(DATASETS):
        mending.put_aside(f"{dataset}/{part.file}")
    mending.say(f"trials/{part.file}", why)


def _words(damage: Mapping[str, str]) -> str:
    return ", ".join(f"{dataset}: {reason}" for dataset, reason in damage.items())


def _mend_journal(mending: Mending) -> None:
    """Of torn entries, the lines that are whole are kept. Then the writer finishes what was interrupted, and seals."""
    storage = mending.storage
    kept: list[TrialRecord] = []
    torn: list[Entry] = []
    for entry in uncovered(entries(storage), parts(storage)):
        records, damage = salvage_entry(storage, entry)
        if damage:
            text = storage.get(entry.name).decode(errors="replace")
            mending.done.lost |= set(re.findall(r'"trial_key":"([0-9a-f]{24})"', text))
            mending.say(entry.name, f"{damage}; {len(records)} whole record(s) of it are kept")
            kept += records
            torn.append(entry)
    if kept:  # first; a kill before the torn ones are gone only doubles records, and that is mended below
        rescued = Entry(max(entry.number for entry in entries(storage)) + 1, token_hex(4))
        storage.put(rescued.name, pack_entry(kept))
    for entry in torn:
        mending.put_aside(entry.name)
    before = _files(storage)
    ResultsWriter(storage, read_info(storage)["name"], None).seal()
    for name in sorted(before - _files(storage)):
        mending.say(name, "removed; its records are in a part")


def _files(storage: Storage) -> set[str]:
    return {f"{folder}/{name}" for folder in ("journal", *DATASETS) for name in storage.names(folder)}


def _mend_rest(mending: Mending) -> None:
    """Regrades, strange files, and what an interrupted seal left of trials that never came again."""
    storage = mending.storage
    for name in regrade_names(storage):
        if reason := checks.file_damage(storage, "regrades", name):
            mending.put_aside(f"regrades/{name}")
            mending.say(f"regrades/{name}", f"{reason}; its gradings are lost")
    for name in regrade_parts(storage)[1]:
        storage.delete(f"regrades/{name}")
        mending.say(f"regrades/{name}", "removed; it had been merged")
    for name in checks.strangers(storage) + checks.unfinished(storage, parts(storage)):
        mending.put_aside(name)
        mending.say(name, "set aside; it is no file that counts")
