"""What the runner keeps of a command, and of a request to the exec server."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import anyio

from mldevbench.sandbox.base import ExecResult


@dataclass(eq=False)
class Command:
    """One command as the runner knows it. `ended`: its first process has; `gone`: its whole tree has."""

    id: int
    cpus: float
    waited_before: float
    on_output: Callable[[bytes], None] | None = None
    output: bytearray = field(default_factory=bytearray)
    started: float = field(default_factory=time.monotonic)
    ended: anyio.Event = field(default_factory=anyio.Event)
    gone: anyio.Event = field(default_factory=anyio.Event)
    code: int | None = None
    dropped: int = 0
    finished: float = 0.0
    waited_s: float = 0.0

    def result(self, *, timed_out: bool = False) -> ExecResult:
        duration = max(0.0, self.finished - self.started - self.waited_s)
        code = None if timed_out else self.code
        return ExecResult(code, bytes(self.output), self.dropped, timed_out, duration, self.waited_s)


@dataclass(eq=False)
class Reply:
    done: anyio.Event = field(default_factory=anyio.Event)
    body: bytearray = field(default_factory=bytearray)
    limit: int = 0
    errno: int = 0
    text: str = ""
