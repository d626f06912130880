"""What a driver speaks with: the request it is given, and the lines that it answers with.

Standard library only. This file is laid beside `driver.py` in the sandbox, where it runs in the agent's own environment:

    import driver_kit as kit

    request = kit.request()
    ...
    kit.tool_call("terminal", '{"command": "ls"}')
    ...
    kit.end("submitted")

Standard output and error of a driver go to a log whose end is kept when it fails, so its packages may print what they like.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LINES = 3
"""The descriptor that the lines are written to."""
_LONGEST = 100_000
_writing = threading.Lock()


@dataclass(frozen=True)
class Request:
    """What the driver is to do. `url` is the trial's door: `url + "/v1"` speaks OpenAI's protocol, for any key and model name.

    `python` is the task's Python, which `python` on PATH is, too. What lies in the folder `files` when the driver ends is kept
    with the trial's events. `max_steps` and `max_time_s` are null where there is no such limit; the door holds them by itself.
    """

    instruction: str
    workspace: str
    url: str
    python: str
    files: str
    seed: int
    max_steps: int | None
    max_time_s: float | None
    args: dict[str, str]
    settings: dict[str, Any]

    @property
    def files_folder(self) -> Path:
        return Path(self.files)


def request() -> Request:
    """The one request, from standard input."""
    return Request(**json.load(sys.stdin))


def model(text: str, calls: list[str]) -> None:
    """An answer of the model: its text, and the names of the tools that it calls."""
    event("model", text=_cut(text), calls=calls)


def tool_call(name: str, arguments: str) -> None:
    """A call of a tool, its arguments as the JSON text that the model wrote."""
    event("tool_call", name=name, arguments=_cut(arguments))


def tool_result(name: str, text: str) -> None:
    """What a tool answered."""
    event("tool_result", name=name, text=_cut(text))


def note(text: str) -> None:
    """Anything else that a reader of the trajectory should know."""
    event("note", text=_cut(text))


def event(kind: str, **data: Any) -> None:
    """An event of one of the kinds above."""
    _write({"event": kind, "data": data})


def end(reason: str, text: str = "") -> None:
    """Why the agent stopped: `submitted`, `max_steps` or `agent_error`. The last line of a driver."""
    _write({"end": reason, "text": _cut(text)})


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ... ({len(text) - _LONGEST} characters more)"


def _write(line: dict[str, Any]) -> None:
    data = memoryview(json.dumps(line).encode() + b"\n")
    with _writing:
        while data:
            data = data[os.write(LINES, data) :]
