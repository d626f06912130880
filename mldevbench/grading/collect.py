"""Takes the declared outputs out of a workspace that an agent filled: links are never followed, everything else is left behind.

Runner side, standard library only.
"""

from __future__ import annotations

import gzip
import io
import os
import shutil
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from mldevbench.grading.safe import Patterns, open_file, printable, walk
from mldevbench.outcome import Check, SubmissionError, UserError

_CHUNK = 2**20


def collect(
    workspace: Path, pristine: Path, outputs: Sequence[str], destination: Path, *, max_bytes: int, max_files: int
) -> list[Check]:
    """Fills the new folder `destination` with the task's own files and, of the agent's, the declared outputs only.

    `outputs` are paths or globs as in `Patterns`. Regular files alone are taken, as copies; a hard link is a file. For anything
    else among the outputs, and beyond the two bounds, a failed check is returned. `pristine` need not exist.
    """
    wanted = Patterns(outputs)
    _lay_out(pristine, wanted, destination)
    refused: list[str] = []
    files, left = 0, max_bytes
    try:
        for path, regular in walk(workspace, wanted.may_hold):
            if not (wanted.match(path) or (not regular and wanted.may_hold(path))):
                continue
            files += 1
            if files > max_files:
                raise SubmissionError(f"more than {max_files} files")
            try:
                left -= _take(workspace, path, destination, left)
            except SubmissionError as error:
                refused.append(str(error))
    except SubmissionError as error:
        refused.append(str(error))
    return [Check("outputs can be read", False, "; ".join(refused)[:2000])] if refused else []


def pack(destination: Path, outputs: Sequence[str], *, max_bytes: int) -> bytes | None:
    """The outputs of a collected submission as a .tar.gz that depends on nothing but names and contents; None when larger."""
    wanted = Patterns(outputs)
    buffer = _Bounded(max_bytes)
    try:
        with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as archive:
            for path in sorted(path for path, regular in walk(destination, wanted.may_hold) if regular and wanted.match(path)):
                fd, status = open_file(destination, path)
                with os.fdopen(fd, "rb") as file:
                    entry = tarfile.TarInfo(path)
                    entry.size, entry.mode = status.st_size, status.st_mode & 0o755
                    archive.addfile(entry, file)
    except OverflowError:
        return None
    return buffer.getvalue()


class _Bounded(io.BytesIO):
    """Raises OverflowError beyond `most` bytes."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, data: Any, /) -> int:
        if self.tell() + memoryview(data).nbytes > self._most:
            raise OverflowError
        return super().write(data)


def unpack(packed: bytes, pristine: Path, outputs: Sequence[str], destination: Path) -> None:
    """Makes `destination` what `collect` had made it, from what `pack` kept. Raises UserError when that is damaged."""
    _lay_out(pristine, Patterns(outputs), destination)
    try:
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
            archive.extractall(destination, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise UserError(f"a stored submission cannot be unpacked: {error}") from None


def _lay_out(pristine: Path, wanted: Patterns, destination: Path) -> None:
    """The task's own files, less those that are outputs: what the agent deleted is not there."""
    destination.mkdir()
    if not pristine.is_dir():
        return
    for path in sorted(p for p in pristine.rglob("*") if "__pycache__" not in p.parts):
        name = path.relative_to(pristine)
        if path.is_dir():
            (destination / name).mkdir(exist_ok=True)
        elif not wanted.match(name.as_posix()):
            shutil.copy(path, destination / name)


def _take(workspace: Path, path: str, destination: Path, left: int) -> int:
    """Copies one file and returns its size. The size is checked first, so a sparse file costs nothing."""
    fd, status = open_file(workspace, path)
    with os.fdopen(fd, "rb") as source:
        if status.st_size > left:
            raise SubmissionError(f"{printable(path)} has {status.st_size} bytes, more than the {left} that are left for outputs")
        target = destination / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as out:
                _copy(source, out, status.st_size)
            target.chmod(0o755 if status.st_mode & 0o100 else 0o644)
        except OSError as error:
            raise SubmissionError(f"{printable(path)} cannot be taken: {error.strerror}") from None
    return status.st_size


def _copy(source: BinaryIO, out: BinaryIO, size: int) -> None:
    while size > 0 and (data := source.read(min(size, _CHUNK))):
        out.write(data)
        size -= len(data)
