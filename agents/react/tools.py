"""The tools of the ReAct agent. Whatever goes wrong in one is told to the model as plain text."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import anyio

from agents.react.output import LONGEST, Output, decode
from mldevbench.sandbox.base import Process, Sandbox
from mldevbench.spec import Resources

LONGEST_LOOK_S = 600.0
_LIST = """
import os, sys
sys.stdout.reconfigure(errors="backslashreplace")
top, most, shown = sys.argv[1], 400, 0
if not os.path.isdir(top):
    sys.exit(f"no folder {top}")
for folder, folders, files in os.walk(top):
    folders[:] = sorted(f for f in folders if f not in (".git", "__pycache__"))
    for name in sorted(files) + [f + "/" for f in folders]:
        path = os.path.join(folder, name)
        shown += 1
        if shown > most:
            sys.exit(f"more than {most} entries: list a folder below")
        line = os.path.relpath(path, top) + "/" * name.endswith("/")
        if not name.endswith("/"):
            line += f" ({os.lstat(path).st_size} bytes)"
        print(line.replace(chr(10), "?"))
if not shown:
    print("empty folder")
"""


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a tool. `type` is a JSON schema type."""

    type: str
    description: str
    required: bool = True


_GPU = Argument("boolean", "true when the command needs the GPU", required=False)
_SPEC: Mapping[str, tuple[str, Mapping[str, Argument]]] = {
    "shell": (
        "Run a short command with bash in the working folder and get its output. It has a time limit and no input.",
        {"command": Argument("string", "the command"), "gpu": _GPU},
    ),
    "spawn": (
        "Start a long command with bash in the background. Returns a process id for look and kill.",
        {"command": Argument("string", "the command"), "gpu": _GPU},
    ),
    "look": (
        "Sleep, then look: at a spawned process (status and latest output; wakes early when it ends), or at a command's output.",
        {
            "seconds": Argument("number", f"how long to sleep, at most {LONGEST_LOOK_S:.0f}"),
            "process": Argument("string", "id of a spawned process", required=False),
            "command": Argument("string", "a command to run after sleeping", required=False),
        },
    ),
    "kill": ("Kill a spawned process.", {"process": Argument("string", "its id")}),
    "create_file": (
        "Create a file, or replace it as a whole.",
        {"path": Argument("string", "where"), "content": Argument("string", "the whole text")},
    ),
    "edit_file": (
        "Replace a text that occurs exactly once in a file.",
        {
            "path": Argument("string", "the file"),
            "old": Argument("string", "the text to replace, with enough around it to be unique"),
            "new": Argument("string", "what to put there"),
        },
    ),
    "read_file": (
        "Read a text file.",
        {
            "path": Argument("string", "the file"),
            "start": Argument("integer", "first line, from 1", required=False),
            "lines": Argument("integer", "how many lines", required=False),
        },
    ),
    "list_files": ("List a folder and all folders below it.", {"path": Argument("string", "the folder", required=False)}),
}
_PYTHON_TYPES: Mapping[str, tuple[type, ...]] = {"string": (str,), "number": (int, float), "integer": (int,), "boolean": (bool,)}


def _schema(name: str, description: str, arguments: Mapping[str, Argument]) -> dict[str, Any]:
    properties = {k: {"type": a.type, "description": a.description} for k, a in arguments.items()}
    required = [k for k, a in arguments.items() if a.required]
    parameters = {"type": "object", "properties": properties, "required": required}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


TOOLS = tuple(_schema(name, *spec) for name, spec in _SPEC.items())


class ToolError(Exception):
    """Something to tell the model."""


class Toolbox:
    """The tools of one trial, and the processes that they started.

    A command has the task's CPUs, and its GPUs if it asks for them.
    """

    def __init__(self, sandbox: Sandbox, command_timeout_s: float, cpus: float, gpus: float) -> None:
        self._sandbox = sandbox
        self._cpus, self._gpus = cpus, gpus
        self._timeout_s = command_timeout_s
        self._output = Output(sandbox)
        self._processes: dict[str, Process] = {}

    async def call(self, name: str, arguments: str) -> str:
        """What the tool answers, as text for the model. Raises only what ends the trial."""
        try:
            given = _arguments(name, arguments)
            tool: Callable[..., Awaitable[str]] = getattr(self, name)
            return await tool(**given)
        except ToolError as error:
            return f"error: {error}"

    async def shell(self, command: str, gpu: bool = False) -> str:
        result = await self._sandbox.exec(command, timeout_s=self._timeout_s, resources=self._resources(gpu))
        if result.timed_out:
            end = f"killed after {self._timeout_s:g} s; use spawn for long commands"
        else:
            end = f"exit code {result.exit_code}"
        return f"{end}\n{await self._output.show(result.output, result.dropped)}".rstrip()

    async def spawn(self, command: str, gpu: bool = False) -> str:
        name = f"p{len(self._processes) + 1}"
        self._processes[name] = await self._sandbox.spawn(command, resources=self._resources(gpu))
        return f"process {name}: started"

    async def look(self, seconds: float, process: str | None = None, command: str | None = None) -> str:
        seconds = min(max(0.0, seconds), LONGEST_LOOK_S)
        if process is None:
            await anyio.sleep(seconds)
            return await self.shell(command) if command else f"slept {seconds:g} s"
        running = self._process(process)
        result = await running.wait(seconds)
        if result is None:
            return f"process {process}: running\n{await self._output.show(running.output(), 0, tail=True)}".rstrip()
        end = "was killed" if result.exit_code is None else f"ended with exit code {result.exit_code}"
        state = f"process {process}: {end}"
        return f"{state}\n{await self._output.show(result.output, result.dropped, tail=True)}".rstrip()

    async def kill(self, process: str) -> str:
        await self._process(process).kill()
        return f"process {process}: killed"

    async def create_file(self, path: str, content: str) -> str:
        await self._write(path, content)
        return f"wrote {len(content)} characters to {path}"

    async def edit_file(self, path: str, old: str, new: str) -> str:
        text = await self._read(path)
        found = text.count(old) if old else 0
        if found != 1:
            mend = "read the file again" if not found else "give more of the text around it"
            raise ToolError(f"the old text occurs {found} times in {path}; it must occur exactly once: {mend}")
        await self._write(path, text.replace(old, new))
        return f"edited {path}"

    async def read_file(self, path: str, start: int | None = None, lines: int | None = None) -> str:
        text = await self._read(path)
        if start is not None or lines is not None:
            first = max(1, start or 1) - 1
            text = "".join(text.splitlines(keepends=True)[first : first + max(1, lines or 10**9)])
        if len(text) > LONGEST:
            cut = len(text) - LONGEST
            text = f"{text[:LONGEST]}\n[{cut} characters cut; read on with start and lines]"
        return text or "(nothing)"

    async def list_files(self, path: str = ".") -> str:
        result = await self._sandbox.exec(["python", "-I", "-c", _LIST, self._place(path)], timeout_s=self._timeout_s)
        return await self._output.show(result.output, result.dropped)

    def _resources(self, gpu: bool) -> Resources:
        if gpu and not self._gpus:
            raise ToolError("this task has no GPU; run the command without")
        return Resources(self._cpus, self._gpus if gpu else 0.0)

    def _place(self, path: str) -> str:
        if not path or "\0" in path:
            raise ToolError(f"{path!r} is no path")
        return str(PurePosixPath(self._sandbox.workspace) / path)

    def _process(self, name: str) -> Process:
        try:
            return self._processes[name]
        except KeyError:
            known = ", ".join(self._processes) or "none was spawned"
            raise ToolError(f"no process {name!r}; there is: {known}") from None

    async def _read(self, path: str) -> str:
        try:
            data = await self._sandbox.read_file(self._place(path))
        except OSError as error:
            raise ToolError(f"cannot read {path}: {error.strerror or error}") from None
        except ValueError as error:
            raise ToolError(f"cannot read {path}: {error}; look at a part of it with a command") from None
        text = decode(data)
        if text is None:
            raise ToolError(f"{path} is no text: {len(data)} bytes of binary data")
        return text

    async def _write(self, path: str, text: str) -> None:
        try:
            await self._sandbox.write_file(self._place(path), text.encode("utf-8", "replace"))
        except OSError as error:
            raise ToolError(f"cannot write {path}: {error.strerror or error}") from None


def _arguments(name: str, text: str) -> dict[str, Any]:
    """The arguments of a call, checked. Raises ToolError."""
    if name not in _SPEC:
        raise ToolError(f"there is no tool {name!r}; the tools are {', '.join(_SPEC)}")
    wanted = _SPEC[name][1]
    try:
        given = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise ToolError(f"the arguments of {name} are no JSON: {error}") from None
    if not isinstance(given, dict):
        raise ToolError(f"the arguments of {name} must be a JSON object")
    given = {k: v for k, v in given.items() if v is not None or k not in wanted}
    for key, value in given.items():
        if key not in wanted:
            raise ToolError(f"{name} has no argument {key!r}; it has {', '.join(wanted)}")
        types = _PYTHON_TYPES[wanted[key].type]
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise ToolError(f"argument {key!r} of {name} must be of type {wanted[key].type}")
    missing = [k for k, a in wanted.items() if a.required and k not in given]
    if missing:
        raise ToolError(f"{name} needs {', '.join(missing)}")
    return given
