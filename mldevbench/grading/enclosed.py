"""The sandbox of one probe: a copy of the submission, and a process in it that runs the task's probe.py."""

from __future__ import annotations

import shutil
import socket
import string
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path

import anyio
from anyio.abc import TaskGroup, TaskStatus

from mldevbench.grading.launch import Tail
from mldevbench.grading.request import GradeRequest
from mldevbench.grading.trusted import SINGLE_THREAD
from mldevbench.grading.warm import Forked, WarmUnavailable, forked
from mldevbench.outcome import InfraError
from mldevbench.removal import remove_tree
from mldevbench.sandbox.base import SandboxSpec
from mldevbench.sandbox.bwrap import HOME
from mldevbench.sandbox.enclosure import Enclosure, open_enclosure
from mldevbench.sandbox.seccomp import build_filter
from mldevbench.sandbox.start import rlimits
from mldevbench.sandbox.view import environment, places_inside

_INSIDE = ("npy", "protocol", "probe_main")


class Opened:
    """An open probe, as seen from outside the task that holds its sandbox."""

    def __init__(self) -> None:
        self.last_words = ""
        self.wanted = anyio.Event()
        self.gone = anyio.Event()

    async def close(self) -> str:
        """Closes the sandbox and hands back the end of what was written to stderr."""
        self.wanted.set()
        await self.gone.wait()
        return self.last_words


async def open_probe(
    request: GradeRequest, folder: Path, warm: Path | None, sock: socket.socket, *, task_status: TaskStatus[Opened]
) -> None:
    """Opens a sandbox over a fresh copy of the submission in `folder`, with a probe that serves `sock`, until it is closed."""
    opened = Opened()
    try:
        try:
            await anyio.to_thread.run_sync(partial(shutil.copytree, request.submission, folder, symlinks=True))
        except OSError as error:
            raise InfraError("runner", f"a submission cannot be copied for its probe: {error}") from None
        async with Tail.open() as tail, anyio.create_task_group() as tasks:
            async with AsyncExitStack() as stack:
                enclosure = await _start_warm(stack, tasks, request, folder, warm, sock, tail) if warm else None
                if enclosure is None:
                    enclosure = await _start_cold(stack, request, folder, sock, tail)
                task_status.started(opened)
                await opened.wanted.wait()
                opened.last_words = enclosure.fault or tail.text()
            tasks.cancel_scope.cancel()
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(remove_tree, folder)
        opened.gone.set()


def _spec(request: GradeRequest, folder: Path) -> SandboxSpec:
    binds = {name: request.assets[name] for name in request.mounted}
    places = places_inside(request.tier, folder, binds)
    wanted = {name: string.Template(value) for name, value in request.environment.items()}
    # A probe has no door: variables that name one are left out.
    filled = {name: t.substitute(places) for name, t in wanted.items() if "door" not in t.get_identifiers()}
    env = {**filled, **SINGLE_THREAD}
    return SandboxSpec(folder, request.python, binds, env, request.limits, gpus=request.gpus, network="none", door=False)


async def _start_warm(
    stack: AsyncExitStack,
    tasks: TaskGroup,
    request: GradeRequest,
    folder: Path,
    warm: Path,
    sock: socket.socket,
    tail: Tail,
) -> Enclosure | None:
    """None where that cannot be done."""
    if request.tier != "bwrap":
        return None
    with suppress(WarmUnavailable):
        async with AsyncExitStack() as attempt:
            spec = _spec(request, folder)
            enclosure = await attempt.enter_async_context(open_enclosure(spec, tier=request.tier, argv=None))
            assert enclosure.namespaces is not None
            message = {
                "op": "probe",
                "namespaces": asdict(enclosure.namespaces),
                "rlimits": rlimits(spec, own_user=True),
                "seccomp": build_filter(allow_memfd=spec.has_gpus).hex(),
                "environment": environment(spec, home=HOME, tmp="/tmp"),
            }
            child = await attempt.enter_async_context(forked(warm, message, [sock.fileno(), tail.writer]))
            await stack.enter_async_context(attempt.pop_all())
            tasks.start_soon(_watch, child)
            return enclosure
    return None


async def _start_cold(stack: AsyncExitStack, request: GradeRequest, folder: Path, sock: socket.socket, tail: Tail) -> Enclosure:
    argv = [str(request.python), "-I", "-c", _program(), "3", "4"]
    fds = {sock.fileno(): 3, tail.writer: 4}
    return await stack.enter_async_context(open_enclosure(_spec(request, folder), tier=request.tier, argv=argv, fds=fds))


async def _watch(child: Forked) -> None:
    """A probe that ends by itself is the grader's to notice; one that ends because the warm process died is nobody's fault."""
    if await child.lost():
        raise InfraError("runner", "the warm process died under a probe")


@cache
def _program() -> str:
    """The probe's modules as one program, so that a sandbox need not show this package."""
    sources = {f"mldevbench.grading.{name}": Path(__file__).with_name(f"{name}.py").read_text() for name in _INSIDE}
    return f"""
import os, sys, types
for name in ("mldevbench", "mldevbench.grading"):
    sys.modules[name] = types.ModuleType(name)
for name, source in {sources!r}.items():
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(source, name, "exec"), module.__dict__)
module.preload()
module.serve(int(sys.argv[1]), int(sys.argv[2]), os.getcwd())
os._exit(0)
"""
