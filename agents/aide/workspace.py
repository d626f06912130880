"""The workspace as every node's program finds it: the starting files, and nothing that an earlier one has left.

Run as a program, it brings the best node's work back into the working folder.
"""

from __future__ import annotations

import shutil
from pathlib import Path

ASIDE, BEST = ".aide", "best"
"""Folder of the workspace, closed to programs: it is on the same disk, so that nothing has to be copied."""


class Workspace:
    """Keeps the best node's work in `.aide/best` for as long as another node's is in the workspace, and only then."""

    def __init__(self, folder: Path, start: Path) -> None:
        """`start` will be a copy of what the workspace holds now."""
        self._folder, self._start = folder, start
        self._holds_best = False
        shutil.copytree(folder, start, symlinks=True)

    def fresh(self) -> None:
        """Lays out the starting files; what is there now is put aside if it is the best node's, else it is lost."""
        if self._holds_best:
            new = self._folder / ASIDE / "new"
            new.mkdir(parents=True)
            _move(self._folder, new)
            new.rename(new.with_name(BEST))
            new.parent.chmod(0)
            self._holds_best = False
        _empty(self._folder)
        shutil.copytree(self._start, self._folder, symlinks=True, dirs_exist_ok=True)

    def is_best(self) -> None:
        """What is in the workspace is the best node's work from now on."""
        _forget(self._folder)
        self._holds_best = True


def restore(folder: Path) -> None:
    """The end, however it came: the best node's work is in the workspace, if any node has worked."""
    aside = folder / ASIDE
    if aside.exists():
        aside.chmod(0o700)
        if (aside / BEST).exists():
            _empty(folder)
            _move(aside / BEST, folder)
        _forget(folder)


def _forget(folder: Path) -> None:
    aside = folder / ASIDE
    if aside.exists():
        aside.chmod(0o700)
        shutil.rmtree(aside)


def _empty(folder: Path) -> None:
    for entry in _opened(folder):
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _move(source: Path, target: Path) -> None:
    for entry in _opened(source):
        entry.rename(target / entry.name)


def _opened(folder: Path) -> list[Path]:
    """What lies in a folder. Folders that a program has closed are opened: they can be neither moved nor emptied."""
    entries = [entry for entry in folder.iterdir() if entry.name != ASIDE]
    left = [*entries]
    while left:
        entry = left.pop()
        if entry.is_dir() and not entry.is_symlink():
            entry.chmod(0o700 | entry.stat().st_mode & 0o777)
            left += entry.iterdir()
    return entries


if __name__ == "__main__":
    restore(Path.cwd())
