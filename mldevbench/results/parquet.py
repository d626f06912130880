"""The Parquet files of a results folder: written row group by row group, each with a digest of itself in its footer.

The digest is the SHA-256 of the whole file with zeros in the digest's place: a file is checked by itself, wherever it was copied.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from mldevbench.outcome import UserError
from mldevbench.results.storage import Storage

ROW_GROUP = 16_384
"""Rows that are read together when one trial's are wanted."""
_GROUP_BYTES = 64 * 2**20
"""Bytes in memory of the rows that are written together, where their texts are long."""
_DIGEST = b"mldevbench_sha256"
_MERGED = "mldevbench_merged"
_BLANK = b"0" * 64
_MAGIC = b"PAR1"


class DamagedFile(UserError):
    """A file of a results folder is not what was once written there. `reason` says how that shows."""

    def __init__(self, storage: Storage, name: str, reason: str) -> None:
        super().__init__(
            f"{storage.path(name)} is damaged ({reason}); see `mldevbench results verify` and `mldevbench results repair`"
        )
        self.name = name
        self.reason = reason


def write_parquet(storage: Storage, name: str, schema: Any, tables: Iterable[Any], merged: Sequence[str] = ()) -> None:
    """Puts the rows of all tables into one file, with a row group of them in memory at a time; `merged` goes into its footer."""
    from pyarrow import parquet

    with storage.written(name) as path:
        with parquet.ParquetWriter(str(path), schema, compression="zstd") as writer:
            for table in _grouped(tables):
                writer.write_table(table, row_group_size=ROW_GROUP)
            known = {_MERGED: json.dumps(list(merged))} if merged else {}
            writer.add_key_value_metadata({_DIGEST.decode(): _BLANK.decode()} | known)
        _stamp(path)


def _grouped(tables: Iterable[Any]) -> Iterator[Any]:
    import pyarrow as pa

    waiting: list[Any] = []
    for table in tables:
        waiting.append(table)
        if sum(t.num_rows for t in waiting) >= ROW_GROUP or sum(t.nbytes for t in waiting) >= _GROUP_BYTES:
            yield pa.concat_tables(waiting)
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting)


def read_parquet(storage: Storage, name: str, columns: list[str] | None = None, *, where: Any = None) -> Any:
    """A table, or its rows `where` (an expression) holds. Raises FileNotFoundError and DamagedFile.

    Arrow reads the file itself, in this thread, without reading ahead: a buffer of Python's in one of Arrow's threads was seen
    to outlive the interpreter and abort it.
    """
    import pyarrow as pa
    from pyarrow import ArrowException, parquet

    with storage.filesystem.open_input_file(storage.path(name)) as file:
        try:
            opened = parquet.ParquetFile(file, pre_buffer=False)
            if where is None:
                return opened.read(columns=columns, use_threads=False)
            groups = (opened.read_row_group(n, columns=columns, use_threads=False) for n in range(opened.num_row_groups))
            return pa.concat_tables([opened.schema_arrow.empty_table(), *(group.filter(where) for group in groups)])
        except (ArrowException, OSError) as error:
            raise DamagedFile(storage, name, _line(error)) from None


def row_groups(storage: Storage, name: str) -> Iterator[Any]:
    """The tables of a file one after the other. Raises DamagedFile when its digest is not right, before the first."""
    from pyarrow import parquet

    check_digest(storage, name)
    with storage.filesystem.open_input_file(storage.path(name)) as stream:
        file = parquet.ParquetFile(stream, pre_buffer=False)
        for group in range(file.num_row_groups):
            yield file.read_row_group(group, use_threads=False)


def merged_in(storage: Storage, name: str) -> list[str]:
    """What `write_parquet` was given as `merged`. Raises FileNotFoundError and DamagedFile."""
    from pyarrow import ArrowException, parquet

    with storage.filesystem.open_input_file(storage.path(name)) as file:
        try:
            known = parquet.ParquetFile(file, pre_buffer=False).metadata.metadata
            return [str(item) for item in json.loads(known[_MERGED.encode()])]
        except (ArrowException, OSError, KeyError, TypeError, ValueError) as error:
            raise DamagedFile(storage, name, _line(error)) from None


def check_digest(storage: Storage, name: str) -> bool:
    """Raises FileNotFoundError, and DamagedFile when any bit of the file is not as it was written.

    False for a file without a digest, as earlier versions wrote them: it can be read, and more cannot be told.
    """
    with storage.filesystem.open_input_file(storage.path(name)) as file:
        start, footer = _footer(file)
        found = footer.rfind(_DIGEST)
        if found >= 0:
            place = start + found + len(_DIGEST) + 2
            file.seek(place)
            if file.read(len(_BLANK)) != _digest(file, place):
                raise DamagedFile(storage, name, "its digest does not match")
            return True
    if not footer:
        raise DamagedFile(storage, name, "it has no whole footer")
    read_parquet(storage, name)
    return False


def _stamp(path: Path) -> None:
    with path.open("r+b") as file:
        start, footer = _footer(file)
        place = start + footer.rfind(_DIGEST) + len(_DIGEST) + 2
        digest = _digest(file, place)
        file.seek(place)
        file.write(digest)


def _footer(file: IO[bytes]) -> tuple[int, bytes]:
    """Where the footer begins, and its bytes (none when it is torn): its length is in the last eight bytes of the file."""
    end = file.seek(0, os.SEEK_END)
    if end < 12:
        return 0, b""
    file.seek(end - 8)
    tail = file.read(8)
    start = end - 8 - int.from_bytes(tail[:4], "little")
    if tail[4:] != _MAGIC or start < len(_MAGIC):
        return 0, b""
    file.seek(start)
    return start, file.read(end - 8 - start)


def _digest(file: IO[bytes], place: int) -> bytes:
    total = hashlib.sha256()
    file.seek(0)
    left = place
    while left and (chunk := file.read(min(left, 2**20))):
        total.update(chunk)
        left -= len(chunk)
    total.update(_BLANK)
    file.seek(place + len(_BLANK))
    while chunk := file.read(2**20):
        total.update(chunk)
    return total.hexdigest().encode()


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
