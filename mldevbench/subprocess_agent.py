"""Agents that run in an environment of their own: a driver, as a process in the trial's sandbox.

    async def solve(ctx: AgentContext) -> None:
        await run_driver(ctx, Path(__file__).parent)

The folder's `driver.py` is started with the agent's interpreter (`ctx.python`); `driver_kit` beside it has its side of the
conversation. What a driver says is untrusted, as all that comes out of a sandbox.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio

from mldevbench import driver_kit
from mldevbench.agent import AgentContext, EventLog
from mldevbench.driver_kit import Request
from mldevbench.outcome import AgentError, LimitReached, StopReason
from mldevbench.sandbox.base import ExecResult, Sandbox
from mldevbench.spec import Resources

KINDS = ("model", "tool_call", "tool_result", "note")
LONGEST_LINE = 2**20
KEPT_FILE, KEPT_FILES = 2**20, 4 * 2**20
"""Bytes of the largest file that is kept, and of all of them together."""
_KEEP_S = 20.0
_LOG_TAIL = 2000
_PLACE = 'mkdir -p "$HOME/.driver/files" && cd "$HOME/.driver" && pwd'
_START = f'cd "$3" && exec {driver_kit.LINES}>&1 >"$1/driver.log" 2>&1 && exec "$2" "$1/driver.py"'


async def run_driver(
    ctx: AgentContext, folder: Path, *, env: Mapping[str, str] | None = None, settings: Mapping[str, Any] | None = None
) -> None:
    """Runs `driver.py` of a folder (its other Python files lie beside it) until it ends; then the agent has submitted.

    `env` is added to the environment of its processes, `settings` to its request. It holds the trial's CPU lease all the time.
    Raises LimitReached when it ended for its own count of steps, and AgentError when it failed. The files that it kept are events
    afterwards, however it ended.
    """
    if ctx.python is None or ctx.model is None or ctx.model.url is None:
        raise AgentError("a driver needs an environment (agent.toml) and a model")
    sandbox, said = ctx.sandbox, _Lines(ctx.log)
    place = (await sandbox.exec(_PLACE)).output.decode().strip()
    for name, source in _sources(folder).items():
        await sandbox.write_file(f"{place}/{name}", source)
    request = Request(
        instruction=ctx.instruction,
        workspace=sandbox.workspace,
        url=ctx.model.url,
        python=(await sandbox.exec("command -v python")).output.decode().strip(),
        files=f"{place}/files",
        seed=ctx.seed,
        max_steps=ctx.limits.max_steps,
        max_time_s=ctx.limits.max_time_s,
        args=dict(ctx.args),
        settings=dict(settings or {}),
    )
    try:
        result = await sandbox.exec(
            ["/bin/bash", "-c", _START, "bash", place, str(ctx.python), sandbox.workspace],
            env=env,
            stdin=json.dumps(vars(request)).encode(),
            resources=Resources(cpus=ctx.cpus),
            on_output=said.take,
        )
        await _conclude(result, said, sandbox, place)
    finally:
        with anyio.move_on_after(_KEEP_S, shield=True), suppress(AgentError):  # a sandbox that is gone has nothing to keep
            await _keep(ctx.log, sandbox, f"{place}/files")


def _sources(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in [*folder.glob("*.py"), Path(driver_kit.__file__)]}


async def _conclude(result: ExecResult, said: _Lines, sandbox: Sandbox, place: str) -> None:
    if result.dropped:
        said.log.add("note", text=f"{result.dropped} bytes of the driver's events are lost: it may say no more than 10 MiB")
    if said.end is None:
        if result.exit_code != 0 or not result.dropped:
            words = await _last_words(result, sandbox, place)
            raise AgentError(f"the driver ended with exit code {result.exit_code} and without saying why: {words}")
    elif said.end.reason == StopReason.MAX_STEPS:
        raise LimitReached(StopReason.MAX_STEPS)
    elif said.end.reason != StopReason.SUBMITTED:
        raise AgentError(said.end.text or "the driver gave up")


async def _last_words(result: ExecResult, sandbox: Sandbox, place: str) -> str:
    log = (await sandbox.exec(["tail", "-c", str(_LOG_TAIL), f"{place}/driver.log"])).output
    return (log or result.output[-_LOG_TAIL:]).decode(errors="replace").strip() or "no reason given"


async def _keep(log: EventLog, sandbox: Sandbox, folder: str) -> None:
    """The text files of a folder as events of the kind `file`, as many as there is room for."""
    listed = (await sandbox.exec(["find", ".", "-type", "f"], cwd=folder)).output.decode(errors="replace")
    left = KEPT_FILES
    for name in sorted(line.removeprefix("./") for line in listed.splitlines()):
        try:
            data = await sandbox.read_file(f"{folder}/{name}", min(left, KEPT_FILE))
            log.add("file", name=name, text=data.decode())
        except (OSError, ValueError) as error:
            why = "it is no text" if isinstance(error, UnicodeDecodeError) else str(error)
            log.add("note", text=f"the agent's file {name} is not kept: {why}"[:500])
            continue
        left -= len(data)


@dataclass(frozen=True, slots=True)
class _End:
    reason: str
    text: str


class _Lines:
    """Takes what a driver writes, piece by piece. A line that makes no sense is noted, and no fault."""

    def __init__(self, log: EventLog) -> None:
        self.log = log
        self.end: _End | None = None
        self._rest = bytearray()
        self._odd = 0

    def take(self, piece: bytes) -> None:
        self._rest += piece
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            if not self._understood(bytes(line)):
                self._odd += 1
                if self._odd <= 10:
                    self.log.add("note", text="the driver wrote: " + line[:500].decode(errors="replace"))
        if len(self._rest) > LONGEST_LINE:
            self._rest.clear()

    def _understood(self, line: bytes) -> bool:
        try:
            said = json.loads(line)
            match said:
                case {"event": str(kind), "data": dict(data)} if kind in KINDS:
                    self.log.add(kind, **data)
                    return True
                case {"end": str(reason), "text": str(text)}:
                    self.end = _End(reason, text)
                    return True
        except (ValueError, RecursionError):
            pass
        return False
