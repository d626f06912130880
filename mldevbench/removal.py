"""Removing a folder that agent code filled. Standard library only."""

from __future__ import annotations

import itertools
import os
import secrets
from contextlib import suppress
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove_tree(folder: Path) -> None:
    """Removes a folder with all that is in it; what cannot be removed stays, without an error.

    Folders inside may be closed even to their owner, and nested deeper than paths or recursion go: each is opened up and moved
    to the top before it is emptied.
    """
    with suppress(OSError):
        folder.chmod(0o700)
        top = os.open(folder, _FOLDER)
        try:
            _empty(top)
        finally:
            os.close(top)
        folder.rmdir()


def _empty(top: int) -> None:
    word, numbers = secrets.token_hex(8), itertools.count()
    pending = ["."]
    while pending:
        name = pending.pop()
        with suppress(OSError):
            here = os.open(name, _FOLDER, dir_fd=top)
            try:
                with os.scandir(here) as entries:
                    found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
                for inside, is_folder in found:
                    with suppress(OSError):
                        if is_folder:
                            os.chmod(inside, 0o700, dir_fd=here)  # noqa: PTH101
                            moved = f"{word}-{next(numbers)}"
                            os.rename(inside, moved, src_dir_fd=here, dst_dir_fd=top)  # noqa: PTH104
                            pending.append(moved)
                        else:
                            os.unlink(inside, dir_fd=here)  # noqa: PTH108
            finally:
                os.close(here)
            if name != ".":
                os.rmdir(name, dir_fd=top)  # noqa: PTH106
