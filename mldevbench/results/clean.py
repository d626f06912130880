"""The last line of defence: what is about to be recorded of a trial is searched for secrets, whatever brought them there."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from dataclasses import replace
from typing import IO

from mldevbench.outcome import Event, TrialRecord
from mldevbench.redact import Secrets
from mldevbench.results.codec import decode, encode

LARGEST_TEXT = 8 * 2**20
"""Bytes of the largest file of a submission in which secrets are replaced; a larger one that holds some is left out."""
_CHUNK = 2**20


def without_secrets(record: TrialRecord, submission: bytes | None, secrets: Secrets) -> tuple[TrialRecord, bytes | None]:
    """Both without secrets. An event at the end of the record says what was done to the submission, if anything."""
    if not secrets:
        return record, submission
    if submission is not None:
        submission, done = clean_archive(submission, secrets)
        if done:
            note = Event(len(record.events), record.timings.solve_s, "note", {"text": f"the submission held a key: {done}"})
            record = replace(record, events=(*record.events, note))
    data = encode(record)
    if secrets.in_text(data.decode()):
        record = decode(json.dumps(secrets.hide(json.loads(data))).encode())
    return record, submission


def clean_archive(packed: bytes, secrets: Secrets) -> tuple[bytes, str]:
    """A packed submission without secrets, and what was done to it: the same bytes and nothing when it held none.

    In texts they are replaced; a file that is no text, or a very large one, is left out.
    """
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        tainted = {entry.name for entry in archive if _holds(archive.extractfile(entry), entry.name, secrets)}
    if not tainted:
        return packed, ""
    done: list[str] = []
    buffer = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(packed)) as old,
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as new,
    ):
        for entry in old:
            file: IO[bytes] | None = old.extractfile(entry)
            if entry.name in tainted:
                file = _cleaned(entry, file, secrets)
                done.append(f"{entry.name} {'changed' if file else 'left out'}")
            if file:
                new.addfile(entry, file)
    return buffer.getvalue(), ", ".join(done)[:2000]


def _holds(file: IO[bytes] | None, name: str, secrets: Secrets) -> bool:
    """Whether a file's name or content holds a secret. Keys are ASCII, so any bytes can be searched as text."""
    if secrets.in_text(name):
        return True
    tail = ""
    while file and (chunk := file.read(_CHUNK)):
        text = tail + chunk.decode("latin-1")
        if secrets.in_text(text):
            return True
        tail = text[1 - secrets.longest :]
    return False


def _cleaned(entry: tarfile.TarInfo, file: IO[bytes] | None, secrets: Secrets) -> IO[bytes] | None:
    """The file without secrets, its entry changed to fit; None when it is to be left out."""
    entry.name, entry.pax_headers = secrets.hide(entry.name), {}  # which would repeat a long name
    if file is None or entry.size > LARGEST_TEXT:
        return None
    try:
        data = secrets.hide(file.read().decode()).encode()
    except UnicodeDecodeError:
        return None
    entry.size = len(data)
    return io.BytesIO(data)
