"""Which files of a results folder count: journal entries, and the Parquet parts that took them over.

An entry is an immutable file `journal/<number>-<writer>.jsonl` with one record a line. A part covers the entries of one writer
from its first number to its last and says so in its name, the same in every dataset. The part in `trials/` is written last: a
range counts once it is there. `compact` merges parts, also those of several writers: a merged part has a name of its own, and
says in its footer which ranges it covers; once it is in `trials/`, the parts of these ranges count no more. Readers and writers
share these rules, so that no row is ever seen twice or half.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mldevbench.outcome import TrialRecord, UserError
from mldevbench.results.codec import decode, encode
from mldevbench.results.parquet import DamagedFile, merged_in, read_parquet
from mldevbench.results.storage import Storage

DATASETS = ("events", "calls", "checks", "metrics", "attempts", "trials")
"""In the order in which the parts of a range are written."""
TRIES = 10
"""How often a reader looks again when files are sealed or merged under its hands."""
_PART = re.compile(r"part-(\d{12})-(\d{12})-([0-9a-f]{8})\.parquet")
_MERGED = re.compile(r"merged-[0-9a-f]{8}\.parquet")
_ENTRY = re.compile(r"(\d{12})-([0-9a-f]{8})\.jsonl")


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """`number` grows from entry to entry. `writer` is one life of a writer: 8 hexadecimal digits, drawn at random."""

    number: int
    writer: str

    @property
    def name(self) -> str:
        return f"journal/{self.number:012}-{self.writer}.jsonl"


@dataclass(frozen=True, slots=True, order=True)
class Range:
    """Entries `first` to `last` of one writer, both included."""

    first: int
    last: int
    writer: str

    def __str__(self) -> str:
        return f"{self.first:012}-{self.last:012}-{self.writer}"

    @classmethod
    def parse(cls, text: str) -> Range:
        first, last, writer = text.split("-")
        return cls(int(first), int(last), writer)

    def overlaps(self, other: Range) -> bool:
        return self.writer == other.writer and self.first <= other.last and other.first <= self.last

    def holds(self, other: Range) -> bool:
        return self.writer == other.writer and self.first <= other.first and other.last <= self.last


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """A file in each dataset, and the ranges of entries that it covers: one, or those of all parts that were merged."""

    covers: tuple[Range, ...]
    file: str

    @classmethod
    def of(cls, covered: Range) -> Part:
        return cls((covered,), f"part-{covered}.parquet")

    @classmethod
    def merging(cls, parts: Sequence[Part], life: str) -> Part:
        return cls(_joined([r for part in parts for r in part.covers]), f"merged-{life}.parquet")

    @property
    def merged(self) -> tuple[str, ...]:
        """What its footer is to say."""
        return tuple(map(str, self.covers)) if _MERGED.fullmatch(self.file) else ()

    def replaces(self, other: Part) -> bool:
        return self != other and all(any(mine.holds(r) for mine in self.covers) for r in other.covers)


def _joined(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """The same entries in as few ranges as can be."""
    found: list[Range] = []
    for each in sorted(ranges, key=lambda r: (r.writer, r.first)):
        if found and found[-1].writer == each.writer and each.first <= found[-1].last + 1:
            found[-1] = Range(found[-1].first, max(found[-1].last, each.last), each.writer)
        else:
            found.append(each)
    return tuple(sorted(found))


def entries(storage: Storage) -> list[Entry]:
    """The entries that lie in the journal, whether a part covers them or not."""
    return [Entry(int(m[1]), m[2]) for name in storage.names("journal") if (m := _ENTRY.fullmatch(name))]


def parts(storage: Storage) -> list[Part]:
    """The parts that count. Raises DamagedFile when it cannot be told what a merged one covers."""
    for _ in range(TRIES):
        names = storage.names("trials")
        try:
            merged = [Part(covered_by(storage, name), name) for name in names if is_merged(name)]
        except FileNotFoundError:
            continue  # merged once more this very moment
        found = merged + [Part.of(r) for name in names if (r := _range(name))]
        return sorted(part for part in found if not any(new.replaces(part) for new in merged))
    raise UserError(f"{storage.base} is being changed faster than it can be read; try again")


def replaced_by(storage: Storage, merged: Part) -> tuple[Range, ...]:
    """What the parts that were merged into this one cover, as far as they are still there."""
    return _joined(r for name in storage.names("trials") if (r := _range(name)) and merged.replaces(Part.of(r)))


def covered_by(storage: Storage, name: str) -> tuple[Range, ...]:
    """What a merged part covers. Every dataset's file of it says so: one that is damaged hides nothing."""
    damage: DamagedFile | None = None
    for dataset in reversed(DATASETS):
        try:
            return tuple(Range.parse(text) for text in merged_in(storage, f"{dataset}/{name}"))
        except FileNotFoundError:
            if damage is None:
                raise
        except DamagedFile as error:
            damage = damage or error
    assert damage is not None
    raise damage


def uncovered(found: Iterable[Entry], complete: Sequence[Part]) -> list[Entry]:
    covers = [r for part in complete for r in part.covers]
    return [e for e in found if not any(r.writer == e.writer and r.first <= e.number <= r.last for r in covers)]


def leftovers(storage: Storage, complete: Sequence[Part]) -> list[str]:
    """Files of parts that do not count and never will: of an interrupted compaction, of parts that were merged, and of an
    interrupted seal whose entries have been sealed under another range since (the same range overwrites them).
    """
    count = {part.file for part in complete}
    covers = [r for part in complete for r in part.covers]

    def left(name: str) -> bool:
        own = _range(name)
        return any(own.overlaps(r) for r in covers) if own else is_merged(name)

    return [f"{d}/{name}" for d in DATASETS for name in storage.names(d) if name not in count and left(name)]


def is_part(name: str) -> bool:
    return _range(name) is not None or is_merged(name)


def is_entry(name: str) -> bool:
    return bool(_ENTRY.fullmatch(name))


def is_merged(name: str) -> bool:
    return bool(_MERGED.fullmatch(name))


def _range(name: str) -> Range | None:
    """Of a part that is no merged one."""
    m = _PART.fullmatch(name)
    return Range(int(m[1]), int(m[2]), m[3]) if m else None


def read_part(storage: Storage, dataset: str, part: Part, columns: list[str] | None = None, *, where: Any = None) -> Any:
    """A table, or its rows `where` holds. Raises FileNotFoundError, when the part has been merged meanwhile, and DamagedFile."""
    return read_parquet(storage, f"{dataset}/{part.file}", columns, where=where)


def pack_entry(records: Sequence[TrialRecord]) -> bytes:
    """A line a record: a digest of the rest of the line, its number and how many there are, the record."""
    lines = []
    for number, record in enumerate(records, 1):
        rest = b'"line":%d,"of":%d,"record":%s}' % (number, len(records), encode(record))
        lines.append(b'{"sha256":"%s",%s\n' % (hashlib.sha256(rest).hexdigest().encode(), rest))
    return b"".join(lines)


def read_entry(storage: Storage, entry: Entry) -> list[TrialRecord]:
    """Raises FileNotFoundError and DamagedFile."""
    records, damage = salvage_entry(storage, entry)
    if damage:
        raise DamagedFile(storage, entry.name, damage)
    return records


def salvage_entry(storage: Storage, entry: Entry) -> tuple[list[TrialRecord], str]:
    """The records whose lines are as they were written, and what is wrong with the others (nothing when none is)."""
    lines = storage.get(entry.name).splitlines()
    found: list[TrialRecord] = []
    wrong: list[str] = []
    expected = len(lines) or 1
    for number, line in enumerate(lines, 1):
        head, rest = line[:77], line[77:]
        if head != b'{"sha256":"%s",' % hashlib.sha256(rest).hexdigest().encode():
            wrong.append(str(number))
            continue
        place, _, record = rest.partition(b',"record":')
        expected = int(place.rpartition(b":")[2])
        found.append(decode(record[:-1]))
    if not wrong and len(found) == expected:
        return found, ""
    return found, f"line {', '.join(wrong)} is torn" if wrong else f"{len(found)} of its {expected} lines are there"
