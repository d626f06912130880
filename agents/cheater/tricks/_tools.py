"""What the tricks share. They run in the sandbox, in the workspace, with the task's declared outputs as arguments."""

import sys
from collections.abc import Iterator
from pathlib import Path

DOES_NOT_APPLY = 77


def outputs() -> Iterator[Path]:
    """What is there of each declared output; else one path that its pattern matches, in a folder that exists."""
    for pattern in sys.argv[1:]:
        found = sorted(path for path in Path().glob(pattern) if path.is_file())
        for path in found or [Path(pattern.replace("**", "data.bin").replace("*", "data"))]:
            path.parent.mkdir(parents=True, exist_ok=True)
            yield path


def modules() -> list[Path]:
    """The outputs that are Python files; the trick does not apply where there are none."""
    found = [path for path in outputs() if path.suffix == ".py"]
    if not found:
        raise SystemExit(DOES_NOT_APPLY)
    return found


def put_first(code: str) -> None:
    """Into every module, before what it has."""
    for path in modules():
        rest = path.read_text() if path.exists() else ""
        future = "from __future__ import annotations\n"
        path.write_text((future if future in rest else "") + code + "\n" + rest.replace(future, ""))


def put_last(code: str) -> None:
    for path in modules():
        path.write_text((path.read_text() if path.exists() else "") + "\n" + code)


def write(name: str, text: str) -> None:
    path = Path(name).expanduser()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def reached(what: object) -> None:
    """Says that something is in reach that must not be; the play counts as won."""
    print("REACHED", what, flush=True)
