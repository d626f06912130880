"""What can be wrong with a results folder, file by file and row by row: `verify` tells of it, `repair` mends it."""

from __future__ import annotations

import hashlib
import re
import tarfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any

from mldevbench.outcome import Outcome, UserError
from mldevbench.results.info import LOCK, PULSE
from mldevbench.results.journal import DATASETS, Part, covered_by, is_entry, is_merged, is_part, leftovers, read_part
from mldevbench.results.parquet import DamagedFile, check_digest
from mldevbench.results.schema import schema
from mldevbench.results.storage import Storage
from mldevbench.spec import Limits, Named, TrialSpec

FOLDERS = ("", "journal", *DATASETS, "regrades", "submissions")
"""Where the files of a results folder lie."""
MISSING = "it is missing"
_COLUMNS = ["trial_key", "attempt", "outcome", "submission"]
_SPEC = ["task", "task_digest", "agent", "agent_digest", "model", "seed", "profile"]
_LIMITS = ["max_steps", "max_time_s", "max_tokens", "max_cost_usd"]
_NAME = re.compile(r"submissions/.*-([0-9a-f]{16})\.tar\.gz")

Attempt = tuple[str, int]
"""A trial's key and the number of an attempt."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of `attempts/` or `trials/`: the part and the place in its file where it is, and the key that its content has."""

    source: Any
    index: int
    attempt: Attempt
    graded: bool
    submission: str | None
    true_key: str


def part_damage(storage: Storage, part: Part) -> dict[str, str]:
    """Dataset -> what is wrong with its file of a part that counts."""
    return {dataset: damage for dataset in DATASETS if (damage := file_damage(storage, dataset, part.file)) is not None}


def file_damage(storage: Storage, dataset: str, name: str) -> str | None:
    """What is wrong with a Parquet file of a dataset, if anything."""
    from pyarrow import parquet

    place = f"{dataset}/{name}"
    try:
        check_digest(storage, place)
        with storage.filesystem.open_input_file(storage.path(place)) as file:
            fits = parquet.ParquetFile(file, pre_buffer=False).schema_arrow.equals(schema(dataset))
    except FileNotFoundError:
        return MISSING
    except DamagedFile as damage:
        return damage.reason
    return None if fits else "its columns are not those of this version's schema"


def hopeless_parts(storage: Storage) -> dict[str, str]:
    """Merged parts of which no file says any more what they cover, and why."""
    found = {}
    for name in storage.names("trials"):
        try:
            if is_merged(name):
                covered_by(storage, name)
        except DamagedFile as damage:
            found[name] = damage.reason
    return found


def temporaries(storage: Storage) -> list[str]:
    """Files that a writer was about to write when it was killed."""
    return [_join(folder, name) for folder in FOLDERS for name in storage.names(folder, temporary=True)]


def strangers(storage: Storage) -> list[str]:
    """Files among the datasets that are none of ours; other engines would read them."""
    found = [name for name in storage.names("") if name not in {"sweep.json", LOCK, PULSE, "damaged", *FOLDERS}]
    found += [f"journal/{name}" for name in storage.names("journal") if not is_entry(name)]
    found += [f"{d}/{name}" for d in DATASETS for name in storage.names(d) if not is_part(name)]
    return found


def unfinished(storage: Storage, complete: Sequence[Part]) -> list[str]:
    """Files of seals that were interrupted before the part in `trials/`."""
    known = {part.file for part in complete}
    gone = set(leftovers(storage, complete))
    files = [(d, n) for d in DATASETS for n in storage.names(d) if is_part(n)]
    return [f"{d}/{n}" for d, n in files if n not in known and f"{d}/{n}" not in gone]


def unnamed_submissions(storage: Storage, named: Collection[str]) -> list[str]:
    """Submissions of trials that were never acknowledged, or whose rows are lost."""
    return [f"submissions/{name}" for name in storage.names("submissions") if f"submissions/{name}" not in named]


def rows(storage: Storage, dataset: str, parts: Sequence[Part]) -> Iterator[Row]:
    """The rows of `attempts` or `trials` in parts; those of a file that cannot be read are left out.

    Keys are checked in attempts only: every row of trials is one of attempts, too.
    """
    for part in parts:
        try:
            yield from rows_of(read_part(storage, dataset, part, [*_COLUMNS, *_SPEC, *_LIMITS]), part, keys=dataset == "attempts")
        except (FileNotFoundError, DamagedFile):
            continue


def rows_of(table: Any, source: Any, *, keys: bool = True) -> Iterator[Row]:
    columns = [table.column(name).to_pylist() for name in (*_COLUMNS, *_SPEC, *_LIMITS)]
    for index, (key, attempt, outcome, submission, *spec) in enumerate(zip(*columns, strict=True)):
        yield Row(source, index, (key, attempt), Outcome(outcome).graded, submission, _true_key(*spec) if keys else key)


def _true_key(task: str, task_digest: str, agent: str, agent_digest: str, model: str | None, seed: int, *rest: Any) -> str:
    """The key of what a row says of its trial; nothing when that is no trial."""
    profile, *limits = rest
    try:
        named = _named(agent), _named(model) if model else None
        return TrialSpec(task, task_digest, named[0], agent_digest, named[1], seed, profile, Limits(*limits)).key
    except (UserError, TypeError, AttributeError):
        return ""


@cache
def _named(text: str) -> Named:
    return Named.parse(text)


def doubled(found: Sequence[Row]) -> list[Row]:
    """Rows to drop, so that no attempt has two rows, and no trial two graded attempts: the first attempt stays."""
    kept: dict[Attempt, Row] = {}
    graded: dict[str, Row] = {}
    surplus = []
    for row in sorted(found, key=lambda r: r.attempt):
        if row.attempt in kept or (row.graded and row.attempt[0] in graded):
            surplus.append(row)
            continue
        kept[row.attempt] = row
        if row.graded:
            graded[row.attempt[0]] = row
    return surplus


def submission_damage(storage: Storage, names: Sequence[str]) -> Mapping[str, str]:
    """What is wrong with stored submissions: name -> damage, for those that are not as they were recorded."""
    return {
        name: damage for name, damage in zip(names, storage.each(lambda n: _damage(storage, n), names), strict=True) if damage
    }


def _damage(storage: Storage, name: str) -> str | None:
    try:
        data = storage.get(name)
    except FileNotFoundError:
        return MISSING
    if m := _NAME.fullmatch(name):
        return None if hashlib.sha256(data).hexdigest().startswith(m[1]) else "it is not the one that was recorded"
    try:  # of a version that kept no digest
        with tarfile.open(fileobj=BytesIO(data)) as archive:
            for entry in archive:
                archive.extractfile(entry)
    except (tarfile.TarError, OSError, EOFError) as error:
        return f"it is no readable .tar.gz: {error}"
    return None


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
