"""The runner's side of grading: starts the trusted grader, opens the sandboxes that it asks for, takes its verdict."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import TaskGroup

from mldevbench.grading.enclosed import Opened, open_probe
from mldevbench.grading.launch import Tail, grader_process
from mldevbench.grading.messages import Messages
from mldevbench.grading.request import GradeRequest
from mldevbench.outcome import Check, Grade, GraderError, InfraError, Metric, single_cause
from mldevbench.removal import remove_tree

__all__ = ["GradeRequest", "run_grader"]

GRACE_S = 10.0
"""How much longer than `timeout_s` the grader may take once no probe is waited for any more."""
_MAX_RESULT = 64 * 2**20


async def run_grader(request: GradeRequest, *, warm: Path | None) -> Grade:
    """Grades a submission in the task environment; `warm` is the socket of a warm process, without which all starts are cold.

    Raises GraderError when the task's grader is at fault, InfraError when a process or sandbox could not be started.
    """
    try:
        async with anyio.create_task_group() as tasks:
            grade = await _Session(request, warm, tasks).run()
            tasks.cancel_scope.cancel()
        return grade
    except BaseExceptionGroup as group:
        raise single_cause(group) from None


class _Session:
    """One grader's run. Each probe lives in a task of its own, for a sandbox must be closed by the task that opened it."""

    def __init__(self, request: GradeRequest, warm: Path | None, tasks: TaskGroup) -> None:
        self._request = request
        self._warm = warm
        self._tasks = tasks
        self._probes: list[Opened] = []

    async def run(self) -> Grade:
        """The grader's temporary files have a folder of their own, which does not outlive it, however it ends."""
        scratch = self._request.submission.with_name(f"{self._request.submission.name}-scratch")
        scratch.mkdir()
        try:
            return await self._grade(scratch)
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(remove_tree, scratch)

    async def _grade(self, scratch: Path) -> Grade:
        limit = self._request.timeout_s + GRACE_S
        ours, theirs = socket.socketpair()
        with Messages(ours) as control, theirs, anyio.move_on_after(limit):
            async with Tail.open() as tail, grader_process(self._request.python, self._warm, theirs, tail) as child:
                theirs.close()
                try:
                    return await self._converse(control, scratch)
                except (OSError, EOFError):
                    if child and await child.lost():
                        raise InfraError("runner", "the warm process died under a grader") from None
                    raise GraderError(f"the grader's process ended with no verdict; its last words: {tail.text()}") from None
        if not self._probes:
            raise GraderError(f"the grader took longer than {limit:g} s and never ran the submission")
        return Grade((Check("grading time", False, f"grading took longer than {limit:g} s"),))

    async def _converse(self, control: Messages, scratch: Path) -> Grade:
        await control.send({"scratch": str(scratch), **self._assignment()})
        while True:
            message = await control.receive(_MAX_RESULT)
            match message["op"]:
                case "open":
                    await self._open(control)
                case "close":
                    words = await self._probes[message["probe"]].close()
                    await control.send({"last_words": words})
                case "error":
                    raise GraderError(message["traceback"])
                case _:
                    checks = tuple(Check(**c) for c in message["checks"])
                    return Grade(checks, tuple(Metric(**m) for m in message["metrics"]))

    async def _open(self, control: Messages) -> None:
        number = len(self._probes)
        theirs, ours = socket.socketpair()
        with theirs, ours:
            folder = self._request.submission.with_name(f"{self._request.submission.name}-probe-{number}")
            opened: Opened = await self._tasks.start(open_probe, self._request, folder, self._warm, theirs)
            self._probes.append(opened)
            await control.send({"probe": number}, [ours.fileno()])

    def _assignment(self) -> dict[str, Any]:
        r = self._request
        return {
            "task_dir": str(r.task_dir),
            "submission": str(r.submission),
            "profile": r.profile,
            "values": dict(r.values),
            "assets": {name: str(path) for name, path in r.assets.items()},
            "requests": list(r.requests),
            "services": dict(r.services),
            "timeout_s": r.timeout_s,
            "rng_seed": r.rng_seed,
        }
