"""status.json: the sign of life that a driver leaves in the results folder, rewritten every few seconds. It is no result."""

from __future__ import annotations

import dataclasses
import json
import os
import socket
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from mldevbench.results.info import PULSE
from mldevbench.results.storage import Storage
from mldevbench.watching import Actors

SILENT_AFTER = 6
"""Beats that may be missed before a driver elsewhere is taken for dead."""

End = Literal["finished", "interrupted", "gave_up", "broken"]


@dataclass(frozen=True, slots=True)
class Running:
    """An attempt under way. `since` is Unix time in seconds, `node` a host name."""

    trial_key: str
    attempt: int
    task: str
    agent: str
    model: str | None
    seed: int
    node: str
    since: float


@dataclass(frozen=True, slots=True)
class Home:
    """A process that can be told from all others, also from one that has its id later."""

    host: str
    pid: int
    space: str
    born: float

    @classmethod
    def here(cls) -> Home:
        """This process."""
        import psutil

        return cls(socket.gethostname(), os.getpid(), _space(), psutil.Process().create_time())

    def alive(self) -> bool | None:
        """None where that cannot be seen from here: it is on another machine, or in another container of this one."""
        import psutil

        if (self.host, self.space) != (socket.gethostname(), _space()):
            return None
        try:
            process = psutil.Process(self.pid)
            return abs(process.create_time() - self.born) < 1 and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


@dataclass(frozen=True, slots=True)
class Pulse:
    """One beat: written at `at` (Unix time), the next is due `every_s` later, unless `end` says that there is none.

    `running` are the attempts under way that began first, `more_running` is how many there are besides.
    """

    at: float
    every_s: float
    started_at: float
    home: Home
    trials: int
    running: tuple[Running, ...] = ()
    more_running: int = 0
    waiting: int = 0
    actors: tuple[Actors, ...] = ()
    notes: tuple[str, ...] = ()
    end: End | None = None
    reason: str | None = None

    def encode(self) -> bytes:
        return json.dumps(dataclasses.asdict(self), indent=1).encode()

    def beating(self, now: float) -> bool:
        """Whether the driver lives: by its process where that can be seen, else by the age of this beat.

        The clocks of two machines differ; a beat from the future is a fresh one.
        """
        if self.end is not None:
            return False
        alive = self.home.alive()
        return now - self.at < SILENT_AFTER * self.every_s if alive is None else alive


def read_pulse(storage: Storage) -> Pulse | None:
    """None when no driver has left a sign, or one that this version cannot read."""
    try:
        pulse: Pulse = _adapter().validate_python(json.loads(storage.get(PULSE)))
    except (FileNotFoundError, ValueError):
        return None
    return pulse


@cache
def _adapter() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(Pulse)


def _space() -> str:
    """Where process ids count: in this start of the machine, in this container."""
    try:
        return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115
    except OSError:
        return ""
