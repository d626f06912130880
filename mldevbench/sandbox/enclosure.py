"""A fresh sandbox without an exec server, for grading: it runs one program, or only holds its namespaces open."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager

import anyio

from mldevbench.outcome import AgentError, UserError
from mldevbench.sandbox.background import background
from mldevbench.sandbox.base import SandboxSpec
from mldevbench.sandbox.cage import Cage, Namespaces
from mldevbench.sandbox.kinds import tier_named
from mldevbench.sandbox.start import Program, open_cage
from mldevbench.sandbox.watchdog import watch


class Enclosure:
    """`fault` says which bound was broken, when the sandbox was ended for that."""

    def __init__(self, cage: Cage) -> None:
        self._cage = cage
        self._ended = anyio.Event()
        self._code = 0
        self.workspace = cage.where.workspace
        self.namespaces: Namespaces | None = cage.namespaces
        self.fault: str | None = None

    async def wait(self) -> int:
        """The program's exit code (128+n for signal n), once no process is left inside."""
        await self._ended.wait()
        return self._code

    def fail(self, error: AgentError) -> None:
        self.fault = str(error)
        self._cage.kill()

    async def attend(self) -> None:
        self._code = await self._cage.wait()
        self._ended.set()


@asynccontextmanager
async def open_enclosure(
    spec: SandboxSpec, *, tier: str, argv: Sequence[str] | None, fds: Mapping[int, int] | None = None
) -> AsyncIterator[Enclosure]:
    """Runs `argv` as the only entry, with `fds` (the caller's descriptor -> its number inside, below 100).

    stdin, stdout and stderr are /dev/null unless given. With `argv` None some process holds the namespaces, for a warm process to
    join, for as long as this process lives.
    """
    if argv is None and not tier_named(tier).namespaces:
        raise UserError(f"isolation {tier} has no namespaces to join; start the program in it, or use --isolation bwrap")
    with _lifeline() as line:
        program = Program(["/usr/bin/cat"], {line: 0}) if argv is None else Program(argv, fds or {})
        async with open_cage(spec, tier, program) as cage:
            enclosure = Enclosure(cage)
            async with background() as tasks:
                tasks.start_soon(enclosure.attend)
                tasks.start_soon(watch, cage, spec.limits, enclosure.fail)
                yield enclosure


@contextmanager
def _lifeline() -> Iterator[int]:
    """A descriptor on which a reader sees the end of this process, or of the context.

    bwrap's own --die-with-parent comes too late for a parent that dies while its sandbox is being set up.
    """
    theirs, ours = os.pipe2(os.O_CLOEXEC)
    try:
        yield theirs
    finally:
        os.close(theirs)
        os.close(ours)
