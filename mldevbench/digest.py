"""The digest of a folder, by which changed content is a new trial."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def folder_digest(folder: Path, extra: Iterable[bytes] = ()) -> str:
    """16 hexadecimal digits of a SHA-256 over names and contents below a folder (caches of bytecode left out), then `extra`."""
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        name = path.relative_to(folder).as_posix()
        total.update(f"{name}\0{path.stat().st_size}\0".encode())
        total.update(path.read_bytes())
    for data in extra:
        total.update(hashlib.sha256(data).digest())
    return total.hexdigest()[:16]
