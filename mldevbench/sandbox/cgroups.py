"""Control groups: the kernel's own bounds on a sandbox's memory and processes, where this process may make groups.

They stand behind the watchdog, which looks only from time to time and says more clearly what was broken; so they leave some room.
Version 1 wants groups below the runner's own, version 2 beside it: there a group with processes has nothing to pass on.
"""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from mldevbench.outcome import InfraError
from mldevbench.sandbox.base import SandboxLimits

ROOM = 256 * 2**20
"""Bytes of memory above a sandbox's limit: for the caches that the kernel counts, and for the watchdog to come first."""
_SERVICE = 16
"""Processes of the sandbox itself."""
_NAMES = {"memory": ("memory.limit_in_bytes", "memory.max"), "pids": ("pids.max", "pids.max")}
_ENTER = 'for group in $1; do echo $$ > "$group/cgroup.procs"; done; shift; exec "$@"'


class Group:
    """One sandbox's group in each hierarchy that there is; in none where no group can be made."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = folders

    def entered(self, argv: Sequence[str]) -> list[str]:
        """A command that enters the group and becomes `argv`."""
        return ["/bin/sh", "-c", _ENTER, "sh", " ".join(map(str, self.folders)), *argv] if self.folders else list(argv)

    def out_of_memory(self) -> bool:
        """Whether the kernel has killed something in it."""
        for folder in self.folders:
            for name in ("memory.oom_control", "memory.events"):
                with suppress(OSError):
                    if re.search(r"^oom_kill [1-9]", (folder / name).read_text(), re.MULTILINE):
                        return True
        return False


@contextmanager
def group(limits: SandboxLimits) -> Iterator[Group]:
    """A group with these bounds, gone afterwards; all its processes must have ended by then."""
    bounds = {"memory": limits.memory + ROOM, "pids": limits.processes + _SERVICE}
    name = f"mldevbench-{os.getpid()}-{secrets.token_hex(4)}"
    made = dict.fromkeys(parent / name for parent in parents().values())
    try:
        try:
            for folder in made:
                folder.mkdir()
            for controller, parent in parents().items():
                file = next(f for f in _NAMES[controller] if (parent / name / f).exists())
                (parent / name / file).write_text(str(bounds[controller]))
        except OSError as error:  # the runner's own group is full, or was taken away
            raise InfraError("sandbox_start", f"cannot make a control group: {error}") from None
        yield Group(list(made))
    finally:
        for folder in made:
            _remove(folder)


@cache
def parents() -> dict[str, Path]:
    """Controller -> the folder in which this process may make groups that it bounds."""
    found = {}
    mounts = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines() if " - cgroup" in line]
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, own = line.split(":", 2)
        for controller in _NAMES:
            for words in mounts:
                version_2 = words[words.index("-") + 1] == "cgroup2"
                if version_2 != (controllers == "") or not (version_2 or controller in words[-1].split(",")):
                    continue
                if not version_2 and controller not in controllers.split(","):
                    continue
                here = Path(words[4]) / os.path.relpath(own, words[3])
                for folder in (here, here.parent) if version_2 else (here,):
                    if controller not in found and _serves(folder, controller, version_2):
                        found[controller] = folder
    for folder in set(found.values()):
        _remove_leftovers(folder)
    return found


def _serves(folder: Path, controller: str, version_2: bool) -> bool:
    trial = folder / f"mldevbench-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        if version_2 and controller not in (folder / "cgroup.subtree_control").read_text().split():
            return False
        trial.mkdir()
    except OSError:
        return False
    trial.rmdir()
    return True


def _remove_leftovers(folder: Path) -> None:
    """Groups of runners that were killed."""
    for left in folder.glob("mldevbench-*"):
        if not Path("/proc", left.name.split("-")[1]).exists():
            with suppress(OSError):
                left.rmdir()


def _remove(folder: Path) -> None:
    """The kernel lets a group go a moment after its last process."""
    for _ in range(100):
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.01)
        else:
            return
