"""What a sandbox is, whatever its tier: the interface that agents, trials and probes use."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from mldevbench.spec import Resources


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """Bounds of one sandbox. Memory and disk are in bytes; `output` is what one command may print before the rest is dropped."""

    memory: int = 4 * 2**30
    processes: int = 256
    workspace: int = 4 * 2**30
    tmp: int = 2**30
    output: int = 10 * 2**20


@dataclass(frozen=True, slots=True)
class SandboxSpec:
    """What one sandbox shows and allows.

    `workspace` is the host folder that is writable inside. `binds` maps further host paths to the names they have inside
    (read-only); tiers without a mount namespace show them under their host path. `python` is the interpreter of the task
    environment; its `bin` folder comes first on PATH. `pythons` are further interpreters, which keep their paths.
    `gpus` are the devices (as for CUDA_VISIBLE_DEVICES) that every command sees. With `lends_gpus` all of the node's are there,
    and that variable points a command to those that it was lent, without binding it. `door` asks for a listening socket on the
    sandbox's own loopback, `network` is "none" or "full".
    """

    workspace: Path
    python: Path
    binds: Mapping[str, Path] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    limits: SandboxLimits = SandboxLimits()
    gpus: tuple[str, ...] = ()
    lends_gpus: bool = False
    network: str = "none"
    door: bool = True
    pythons: tuple[Path, ...] = ()

    @property
    def has_gpus(self) -> bool:
        return bool(self.gpus) or self.lends_gpus


@dataclass(frozen=True, slots=True)
class ExecResult:
    """How one command ended. `exit_code` is None when it was killed by its time limit; a signal n gives 128+n, as in a shell.

    `output` is stdout and stderr as they came, at most `SandboxLimits.output` bytes; `dropped` counts the bytes after that.
    `waited_s` is time paused or queued for a CPU or GPU lease; it is no part of `duration_s`.
    """

    exit_code: int | None
    output: bytes
    dropped: int
    timed_out: bool
    duration_s: float
    waited_s: float


class Process(Protocol):
    """A command in the background."""

    @property
    def id(self) -> str: ...

    @property
    def running(self) -> bool: ...

    def output(self) -> bytes:
        """Everything printed so far, bounded as in `ExecResult`."""
        ...

    async def wait(self, timeout_s: float | None = None) -> ExecResult | None:
        """The result, or None when the command still runs after `timeout_s`."""
        ...

    async def kill(self) -> None: ...


class Sandbox(Protocol):
    """Where agent code runs. Made by `open_sandbox`; closing it ends every process inside, daemons included.

    Every method raises AgentError when the sandbox was destroyed from inside: that is the agent's doing.
    """

    tier: str
    workspace: str
    """Path of the workspace as commands see it."""
    listener: socket.socket | None
    """The door: a listening socket bound on the sandbox's loopback (tiers without one: on the host's, with a token)."""
    door_url: str | None
    """Where commands reach the door: `http://127.0.0.1:PORT`."""
    variables: dict[str, str]
    """What every command finds in its environment besides the usual; more may be added."""

    @property
    def memory_peak(self) -> int:
        """Most bytes that were resident at once so far, sampled every 0.2 s; pages of libraries are included."""
        ...

    def path(self, name: str) -> str:
        """Where the read-only bind called `name` is seen inside."""
        ...

    async def exec(
        self,
        command: str | Sequence[str],
        *,
        timeout_s: float | None = None,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        resources: Resources | None = None,
        on_output: Callable[[bytes], None] | None = None,
    ) -> ExecResult:
        """Runs one command to its end (a string by `bash -c`). At `timeout_s` its whole process tree is killed.

        `on_output` is given each piece of the output as it comes, and must not raise.
        """
        ...

    async def spawn(
        self,
        command: str | Sequence[str],
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        resources: Resources | None = None,
    ) -> Process:
        """Starts a command in the background."""
        ...

    async def read_file(self, path: str, max_bytes: int = 10 * 2**20) -> bytes:
        """A regular file as the agent would see it. Raises OSError as `open` would, ValueError when larger than `max_bytes`."""
        ...

    async def write_file(self, path: str, data: bytes) -> None:
        """Writes a file, parents made, as the agent's own user. Raises OSError."""
        ...
