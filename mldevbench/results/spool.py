"""A node's own copy of finished trials, kept until the writer has acknowledged them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from mldevbench.outcome import TrialRecord
from mldevbench.results.codec import encode
from mldevbench.results.storage import renamed_into_place

Spooled = tuple[bytes, bytes | None]
"""An encoded record, and the packed submission when there is one."""


class Spool:
    """One file a trial: a digest of the rest, the encoded record as one line, the packed submission when there is one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, record: TrialRecord, submission: bytes | None) -> None:
        """On stable storage when it returns. Raises OSError, and leaves nothing then."""
        rest = b"%s\n%s" % (encode(record), b"" if submission is None else b"+" + submission)
        with renamed_into_place(self._path(record.trial_key, record.attempt)) as temporary:
            temporary.write_bytes(hashlib.sha256(rest).hexdigest().encode() + b"\n" + rest)

    def get(self, trial_key: str, attempt: int) -> Spooled | None:
        """None when there is nothing of this attempt, or not any more."""
        return _read(self._path(trial_key, attempt))

    def pending(self) -> Iterator[Spooled]:
        """Everything that was not acknowledged."""
        for path in sorted(self._folder.glob("[!.]*.trial")):
            if found := _read(path):
                yield found

    def discard(self, trial_key: str, attempt: int) -> None:
        self._path(trial_key, attempt).unlink(missing_ok=True)

    def _path(self, trial_key: str, attempt: int) -> Path:
        return self._folder / f"{trial_key}-{attempt}.trial"


def _read(path: Path) -> Spooled | None:
    """None for a file that is gone, for it was acknowledged, and for one that a bad disk has damaged, which is set aside."""
    try:
        digest, _, rest = path.read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    if hashlib.sha256(rest).hexdigest().encode() != digest:
        path.rename(path.with_suffix(".damaged"))
        return None
    record, _, submission = rest.partition(b"\n")
    return record, submission[1:] if submission else None
