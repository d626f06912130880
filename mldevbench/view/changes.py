"""Which files an agent changed: its stored submission against the task's own files, as unified diffs."""

from __future__ import annotations

import difflib
import io
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mldevbench.grading.safe import Patterns

LARGEST_TEXT = 200_000
"""Bytes of a file that is shown as text."""
MOST_FILES = 500
MOST_LINES = 2_000
"""Lines of one diff."""


@dataclass(frozen=True, slots=True)
class Change:
    """A file of the submission. `status` is added, changed, same or deleted; `diff` is None for what is no text, or too large."""

    path: str
    status: str
    size: int
    diff: str | None


def changes(packed: bytes, task: Path | None, outputs: list[str]) -> dict[str, Any]:
    """`task` is the folder of the task, None when its content has changed since: all files then count as added.

    The pack is what agent code left: members are read in place, never unpacked.
    """
    pristine = _pristine(task, outputs) if task else {}
    found: list[Change] = []
    seen: set[str] = set()
    try:
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
            for entry in archive:
                if len(found) >= MOST_FILES:
                    break
                seen.add(entry.name)
                found.append(_change(archive, entry, pristine.get(entry.name)))
    except (tarfile.TarError, OSError, EOFError) as error:
        return {"error": f"the submission cannot be read: {error}", "files": []}
    found += [Change(name, "deleted", len(data), None) for name, data in pristine.items() if name not in seen]
    return {"error": None, "compared": task is not None, "files": [asdict(c) for c in found]}


def _pristine(task: Path, outputs: list[str]) -> dict[str, bytes]:
    folder, wanted = task / "workspace", Patterns(outputs)
    paths = ((p, p.relative_to(folder).as_posix()) for p in sorted(folder.rglob("*")) if "__pycache__" not in p.parts)
    return {name: path.read_bytes() for path, name in paths if path.is_file() and wanted.match(name)}


def _change(archive: tarfile.TarFile, entry: tarfile.TarInfo, before: bytes | None) -> Change:
    if not entry.isfile():
        return Change(entry.name, "added", 0, None)
    if entry.size > LARGEST_TEXT:
        return Change(entry.name, "added" if before is None else "changed", entry.size, None)
    stream = archive.extractfile(entry)
    after = stream.read() if stream else b""
    if after == before:
        return Change(entry.name, "same", entry.size, None)
    lines = _diff(entry.name, before or b"", after)
    return Change(entry.name, "added" if before is None else "changed", entry.size, None if lines is None else "\n".join(lines))


def _diff(name: str, before: bytes, after: bytes) -> list[str] | None:
    try:
        old, new = (data.decode().splitlines() for data in (before, after))
    except UnicodeDecodeError:
        return None
    if b"\0" in after:
        return None
    return list(_first(difflib.unified_diff(old, new, f"a/{name}", f"b/{name}", lineterm="")))


def _first(lines: Iterator[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number == MOST_LINES:
            yield "... more lines follow"
            return
        yield line
