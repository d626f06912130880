"""The workspace as every node's program finds it: the starting files, and nothing that an earlier one has left."""

from __future__ import annotations

import shutil
from pathlib import Path

ASIDE = ".aide"
"""Folder of the workspace, closed to programs: it is on the same disk, so that nothing has to be copied."""


class Workspace:
    """Keeps the best node's work in `.aide/best` for as long as another node's is in the workspace, and only then.

    agent.py, which outlives the driver, relies on that: at the end it puts back what lies there.
    """

    def __init__(self, folder: Path, start: Path) -> None:
        """`start` will be a copy of what the workspace holds now."""
        self._folder, self._start = folder, start
        self._aside, self._best = folder / ASIDE, folder / ASIDE / "best"
        self._holds_best = False
        shutil.copytree(folder, start, symlinks=True)

    def fresh(self) -> None:
        """Lays out the starting files; what is there now is put aside if it is the best node's, else it is lost."""
        _open_folders(self._entries())
        if self._holds_best:
            self._aside.mkdir(exist_ok=True)
            new = self._aside / "new"
            new.mkdir()
            for entry in self._entries():
                entry.rename(new / entry.name)
            new.rename(self._best)
            self._aside.chmod(0)
            self._holds_best = False
        for entry in self._entries():
            _remove(entry)
        shutil.copytree(self._start, self._folder, symlinks=True, dirs_exist_ok=True)

    def is_best(self) -> None:
        """What is in the workspace is the best node's work from now on."""
        if self._aside.exists():
            self._aside.chmod(0o700)
            shutil.rmtree(self._aside)
        self._holds_best = True

    def _entries(self) -> list[Path]:
        return [entry for entry in self._folder.iterdir() if entry.name != ASIDE]


def _open_folders(entries: list[Path]) -> None:
    """Folders that a program has closed can be neither moved nor emptied."""
    left = [*entries]
    while left:
        entry = left.pop()
        if entry.is_dir() and not entry.is_symlink():
            entry.chmod(0o700 | entry.stat().st_mode & 0o777)
            left += entry.iterdir()


def _remove(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry)
    else:
        entry.unlink()
