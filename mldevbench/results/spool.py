"""A node's own copy of finished trials, kept until the writer has acknowledged them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from mldevbench.outcome import TrialRecord
from mldevbench.results.codec import encode

Spooled = tuple[bytes, bytes | None]
"""An encoded record, and the packed submission when there is one."""


class Spool:
    """Two files a trial in one folder: the encoded record, and the packed submission (written first) when there is one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, record: TrialRecord, submission: bytes | None) -> None:
        """On stable storage when it returns."""
        stem = self._stem(record.trial_key, record.attempt)
        if submission is not None:
            self._write(f"{stem}.tar.gz", submission)
        self._write(f"{stem}.json", encode(record))

    def get(self, trial_key: str, attempt: int) -> Spooled | None:
        """None when there is nothing of this attempt, or not any more."""
        return self._read(self._stem(trial_key, attempt))

    def pending(self) -> Iterator[Spooled]:
        """Everything that was not acknowledged."""
        for path in sorted(self._folder.glob("*.json")):
            if found := self._read(path.stem):
                yield found

    def _read(self, stem: str) -> Spooled | None:
        submission = self._folder / f"{stem}.tar.gz"
        try:
            return (self._folder / f"{stem}.json").read_bytes(), submission.read_bytes() if submission.exists() else None
        except FileNotFoundError:
            return None

    def discard(self, trial_key: str, attempt: int) -> None:
        stem = self._stem(trial_key, attempt)
        (self._folder / f"{stem}.json").unlink(missing_ok=True)
        (self._folder / f"{stem}.tar.gz").unlink(missing_ok=True)

    @staticmethod
    def _stem(trial_key: str, attempt: int) -> str:
        return f"{trial_key}-{attempt}"

    def _write(self, name: str, data: bytes) -> None:
        temporary = self._folder / f".tmp-{os.getpid()}-{name}"
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(self._folder / name)
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
