"""A results folder on a local path or an object store: whole files, written durably, listed, read, deleted."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mldevbench.outcome import UserError


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
        """From a local path or an address such as s3://bucket/folder. Raises UserError for an address nobody knows."""
        from pyarrow import fs

        if "://" not in place:
            return cls(fs.LocalFileSystem(), str(Path(place).absolute()), True)
        try:
            filesystem, base = fs.FileSystem.from_uri(place)
        except Exception as error:
            raise UserError(f"--out {place!r} cannot be reached: {' '.join(str(error).split())[:200]}") from None
        return cls(filesystem, base, isinstance(filesystem, fs.LocalFileSystem))

    def path(self, name: str) -> str:
        return f"{self.base}/{name}"

    def put(self, name: str, data: bytes) -> None:
        if self.local:
            _put_local(Path(self.path(name)), data)
        else:
            with self.filesystem.open_output_stream(self.path(name)) as stream:
                stream.write(data)

    def get(self, name: str) -> bytes:
        """Raises FileNotFoundError."""
        with self.filesystem.open_input_file(self.path(name)) as stream:
            data: bytes = stream.read()
        return data

    def exists(self, name: str) -> bool:
        from pyarrow import fs

        return bool(self.filesystem.get_file_info(self.path(name)).type != fs.FileType.NotFound)

    def names(self, folder: str) -> list[str]:
        """Names of the whole files in a folder, in order; none when there is no such folder."""
        from pyarrow import fs

        selector = fs.FileSelector(self.path(folder) if folder else self.base, allow_not_found=True)
        infos = self.filesystem.get_file_info(selector)
        return sorted(i.base_name for i in infos if not i.base_name.startswith(".tmp-"))

    def delete(self, name: str) -> None:
        self.filesystem.delete_file(self.path(name))


def _put_local(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".tmp-{path.name}")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
