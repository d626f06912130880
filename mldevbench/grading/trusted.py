"""Trusted processes of the task environment: the graders, and the warm process."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import anyio.to_thread

SINGLE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
"""Read when the libraries are loaded: without threads fork is safe, and sums come out the same warm and cold."""


class Trusted:
    def __init__(self, python: Path, command: Sequence[str], fds: Sequence[int], stderr: int) -> None:
        self._process = subprocess.Popen(
            [str(python), "-I", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            env={"PATH": f"{python.parent}:/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8", **SINGLE_THREAD},
            pass_fds=fds,
            start_new_session=True,
            cwd="/",
        )
        self.kill = self._process.kill

    async def wait(self) -> int:
        return await anyio.to_thread.run_sync(self._process.wait, abandon_on_cancel=True)


@asynccontextmanager
async def trusted_process(
    python: Path, command: Sequence[str], fds: Sequence[int], stderr: int = subprocess.DEVNULL
) -> AsyncIterator[Trusted]:
    """Runs `python -I COMMAND` with nothing of our environment and no descriptor but `fds`; it is dead when the block ends.

    Raises OSError when it cannot be started. It is spawned on the calling thread, and may ask the kernel to die with it: that
    must be the event loop's, not a worker.
    """
    process = Trusted(python, command, fds, stderr)
    try:
        yield process
    finally:
        process.kill()
        with anyio.CancelScope(shield=True):
            await process.wait()
