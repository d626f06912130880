"""The safe reader of a submission: whatever is wrong with a file becomes a SubmissionError that names it."""

from __future__ import annotations

import csv
import io
import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mldevbench.grading import npy
from mldevbench.grading.protocol import SURROGATE
from mldevbench.grading.safe import Patterns, open_file, printable, walk
from mldevbench.outcome import SubmissionError

MIB = 2**20
_MOST_FIELDS = 2_000_000

Names = list[str]
Rows = list[dict[str, str]]  # aliases, because `list` is a method below


class Files:
    """Reads below a folder that an agent filled. Names are relative to it, links are never followed, sizes are bounded."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def exists(self, name: str) -> bool:
        """Whether `name` is a regular file that can be opened."""
        try:
            os.close(open_file(self._root, name)[0])
        except SubmissionError:
            return False
        return True

    def list(self, pattern: str = "**") -> Names:
        """The regular files that match, sorted. `*` stays within a name, `**` spans folders; a folder's name means all in it."""
        wanted = Patterns([pattern])
        return sorted(path for path, regular in walk(self._root, wanted.may_hold) if regular and wanted.match(path))

    def size(self, name: str) -> int:
        """Bytes of a regular file."""
        fd, status = open_file(self._root, name)
        os.close(fd)
        return status.st_size

    def read_bytes(self, name: str, max_bytes: int = 64 * MIB) -> bytes:
        fd, status = open_file(self._root, name)
        with os.fdopen(fd, "rb") as file:
            if status.st_size > max_bytes:
                raise SubmissionError(f"{printable(name)} has {status.st_size} bytes; at most {max_bytes} are read")
            return file.read(status.st_size)

    def read_text(self, name: str, max_bytes: int = 4 * MIB) -> str:
        """UTF-8 text."""
        data = self.read_bytes(name, max_bytes)
        with _naming(name, "UTF-8 text"):
            return data.decode()

    def read_json(self, name: str, max_bytes: int = 4 * MIB, max_depth: int = 32) -> Any:
        """A JSON document. NaN, infinities, lone surrogates, deeper nesting and a key given twice are refused."""
        text = self.read_text(name, max_bytes)
        with _naming(name, "JSON"):
            value = json.loads(text, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_unique)
            _check_depth(value, max_depth)
        return value

    def read_csv(self, name: str, max_bytes: int = 64 * MIB, max_rows: int = 1_000_000) -> Rows:
        """The rows of a comma-separated file with a header; every row must have exactly the header's columns."""
        text = self.read_text(name, max_bytes)
        rows: Rows = []
        with _naming(name, "CSV"):
            reader = csv.reader(io.StringIO(text, newline=""), strict=True)
            header = next(reader, [])
            if not header or len(set(header)) < len(header) or len(header) > 1000:
                raise ValueError("the header is empty, too long or names a column twice")
            for row in filter(None, reader):
                if len(row) != len(header):
                    raise ValueError(f"line {reader.line_num} has {len(row)} fields, the header {len(header)}")
                if len(rows) == max_rows or len(rows) * len(header) >= _MOST_FIELDS:
                    raise ValueError(f"more than {max_rows} rows or {_MOST_FIELDS} fields")
                rows.append(dict(zip(header, row, strict=True)))
        return rows

    def read_npy(self, name: str, max_bytes: int = 512 * MIB) -> NDArray[np.generic]:
        """An array of numbers or booleans; object and structured arrays are refused."""
        data = self.read_bytes(name, max_bytes)
        with _naming(name, "an array"):
            return npy.loads(data)


@contextmanager
def _naming(name: str, kind: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, RecursionError, csv.Error) as error:
        raise SubmissionError(f"{printable(name)} is not {kind}: {printable(error)}") from None


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is no JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text[:20]} is too large a number")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is given twice")
    return found


def _check_depth(value: Any, left: int) -> None:
    if left < 0:
        raise ValueError("nested too deeply")
    if isinstance(value, int) and abs(value) >= 2**64:
        raise ValueError("an integer of more than 64 bits")
    if isinstance(value, str) and SURROGATE.search(value) or isinstance(value, dict) and any(map(SURROGATE.search, value)):
        raise ValueError("text that is no Unicode")
    if isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            _check_depth(item, left - 1)
