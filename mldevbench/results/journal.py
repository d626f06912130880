"""Which files of a results folder count: journal entries, and the Parquet parts that took them over.

An entry is an immutable file `journal/<number>-<writer>.jsonl` with one record a line. A part covers the entries of one writer
from its first number to its last and says so in its name, the same in every dataset. The part in `trials/` is written last: a
range counts once it is there. Readers and writers share these rules, so that no row is ever seen twice or half.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mldevbench.results.storage import Storage

DATASETS = ("events", "calls", "checks", "metrics", "attempts", "trials")
"""In the order in which the parts of a range are written."""
_PART = re.compile(r"part-(\d{12})-(\d{12})-([0-9a-f]{8})\.parquet")
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

    @property
    def part(self) -> str:
        return f"part-{self.first:012}-{self.last:012}-{self.writer}.parquet"

    def overlaps(self, other: Range) -> bool:
        return self.writer == other.writer and self.first <= other.last and other.first <= self.last


def entries(storage: Storage) -> list[Entry]:
    """The entries that lie in the journal, whether a part covers them or not."""
    return [Entry(int(m[1]), m[2]) for name in storage.names("journal") if (m := _ENTRY.fullmatch(name))]


def parts(storage: Storage, dataset: str = "trials") -> list[Range]:
    """The ranges of a dataset's parts; those of `trials` are the ones that count."""
    return [Range(int(m[1]), int(m[2]), m[3]) for name in storage.names(dataset) if (m := _PART.fullmatch(name))]


def uncovered(found: Iterable[Entry], covered: list[Range]) -> list[Entry]:
    return [e for e in found if not any(r.writer == e.writer and r.first <= e.number <= r.last for r in covered)]


def leftovers(storage: Storage, complete: list[Range]) -> list[str]:
    """Parts of an interrupted seal whose entries have been sealed under another range since; the same range overwrites them."""
    found = ((dataset, part) for dataset in DATASETS[:-1] for part in parts(storage, dataset))
    return [f"{d}/{part.part}" for d, part in found if part not in complete and any(part.overlaps(r) for r in complete)]
