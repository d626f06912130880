"""Which files of a results folder count: journal entries, and the Parquet parts that took them over.

An entry is an immutable file `journal/<number>.jsonl` with one record a line. A part covers the entries from its first number
to its last and says so in its name, the same in every dataset. The part in `trials/` is written last: a range counts once it is
there. Readers and writers share these rules, so that no row is ever seen twice or half.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mldevbench.results.storage import Storage

DATASETS = ("events", "calls", "checks", "metrics", "attempts", "trials")
"""In the order in which the parts of a range are written."""
_PART = re.compile(r"part-(\d{12})-(\d{12})\.parquet")
_ENTRY = re.compile(r"(\d{12})\.jsonl")


@dataclass(frozen=True, slots=True, order=True)
class Range:
    """Entries `first` to `last`, both included."""

    first: int
    last: int

    @property
    def part(self) -> str:
        return f"part-{self.first:012}-{self.last:012}.parquet"


def entry_name(number: int) -> str:
    return f"journal/{number:012}.jsonl"


def entries(storage: Storage) -> list[int]:
    """Numbers of the entries that lie in the journal, whether a part covers them or not."""
    return [int(m[1]) for name in storage.names("journal") if (m := _ENTRY.fullmatch(name))]


def parts(storage: Storage, dataset: str = "trials") -> list[Range]:
    """The ranges of a dataset's parts; those of `trials` are the ones that count."""
    return [Range(int(m[1]), int(m[2])) for name in storage.names(dataset) if (m := _PART.fullmatch(name))]


def uncovered(numbers: list[int], covered: list[Range]) -> list[int]:
    return [n for n in numbers if not any(r.first <= n <= r.last for r in covered)]
