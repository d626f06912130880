"""A results folder on a local path or an object store: whole files, written durably, listed, read, deleted."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from mldevbench.outcome import UserError

_OBJECT_STORES = ("s3", "gcs", "abfs")
"""Types of pyarrow filesystems in which a file appears only when it is complete."""
_TEMPORARY = ".tmp-"
_REQUESTS = 16
"""Requests to an object store at a time: each takes tens of milliseconds."""
X = TypeVar("X")
Y = TypeVar("Y")


@dataclass(frozen=True, slots=True)
class Storage:
    """`put` returns once the file is on stable storage under its name, whole; before, nobody sees any of it.

    Locally: a temporary name, fsync, rename, fsync of the folder. On an object store: one put.
    """

    filesystem: Any
    base: str
    local: bool

    @classmethod
    def at(cls, place: str) -> Storage:
        """From a local path or an address such as s3://bucket/folder. Raises UserError for an address that cannot be used."""
        from pyarrow import fs

        if "://" not in place:
            return cls(fs.LocalFileSystem(), str(Path(place).absolute()), True)
        address = place
        if place.startswith("s3://") and "allow_delayed_open=" not in place:  # else three requests for every small file
            address += ("&" if "?" in place else "?") + "allow_delayed_open=true"
        try:
            filesystem, base = fs.FileSystem.from_uri(address)
        except Exception as error:
            raise UserError(f"--out {place!r} cannot be reached: {' '.join(str(error).split())[:200]}") from None
        local = isinstance(filesystem, fs.LocalFileSystem)
        if not local and filesystem.type_name not in _OBJECT_STORES:
            raise UserError(f"--out {place!r} is no object store; give a local path or an address of s3, gs or abfs")
        return cls(filesystem, base.rstrip("/"), local)

    def path(self, name: str) -> str:
        return f"{self.base}/{name}"

    def put(self, name: str, data: bytes) -> None:
        if self.local:
            with renamed_into_place(Path(self.path(name))) as temporary:
                temporary.write_bytes(data)
        else:
            with self.filesystem.open_output_stream(self.path(name), compression=None) as stream:
                stream.write(data)

    @contextmanager
    def written(self, name: str) -> Iterator[Path]:
        """`put` of a file too large for memory: the block writes it at a local path, and it is put when the block ends."""
        if self.local:
            with renamed_into_place(Path(self.path(name))) as temporary:
                yield temporary
        else:
            with TemporaryDirectory() as folder:
                yield (path := Path(folder, "file"))
                with path.open("rb") as file, self.filesystem.open_output_stream(self.path(name), compression=None) as stream:
                    shutil.copyfileobj(file, stream, 2**20)

    def get(self, name: str) -> bytes:
        """Raises FileNotFoundError."""
        with self.filesystem.open_input_file(self.path(name)) as stream:
            data: bytes = stream.read()
        return data

    def names(self, folder: str, *, temporary: bool = False) -> list[str]:
        """Names of the whole files in a folder, in order (or of its temporary files); none when there is no such folder."""
        from pyarrow import fs

        selector = fs.FileSelector(self.path(folder) if folder else self.base, allow_not_found=True)
        infos = self.filesystem.get_file_info(selector)
        return sorted(i.base_name for i in infos if i.base_name.startswith(_TEMPORARY) == temporary)

    def size(self, names: Iterable[str]) -> int:
        """Bytes of all these files; those that are not there count nothing."""
        return sum(info.size or 0 for info in self.filesystem.get_file_info([self.path(name) for name in names]))

    def delete(self, name: str) -> None:
        """A file that is not there is deleted already."""
        try:
            self.filesystem.delete_file(self.path(name))
        except FileNotFoundError:
            pass

    def move(self, name: str, to: str) -> None:
        """To another folder of the results, which is made when it is not there."""
        if self.local:
            old, new = Path(self.path(name)), Path(self.path(to))
            _make_folder(new.parent)
            old.rename(new)
            _sync(new.parent)
            _sync(old.parent)
        else:
            self.filesystem.move(self.path(name), self.path(to))

    def each(self, function: Callable[[X], Y], items: Iterable[X]) -> list[Y]:
        """`function` of every item, in order; several at a time where each is a request over the network."""
        if self.local:
            return [function(item) for item in items]
        with ThreadPoolExecutor(_REQUESTS) as pool:
            return list(pool.map(function, items))


@contextmanager
def renamed_into_place(path: Path) -> Iterator[Path]:
    """The block writes a file under a temporary name; it then lies at `path`, on stable storage.

    A block that fails leaves nothing: on a full disk, half a file would take the last space.
    """
    _make_folder(path.parent)
    temporary = path.with_name(f"{_TEMPORARY}{path.name}")
    try:
        yield temporary
        _sync(temporary)
        temporary.rename(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def _make_folder(folder: Path) -> None:
    """Its name is on stable storage too, or a file in it could be lost with it."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync(folder.parent)


def _sync(path: Path) -> None:
    """Of a file the content, of a folder the names in it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
