"""Prepared work: a task's reference solution, lazy solution or cheat, as files to write and a script to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mldevbench.outcome import AgentError, UserError
from mldevbench.sandbox.base import ExecResult, Sandbox

RUN = "run.sh"
BASE = "base"
AFTER = "after"
FAILS = "fails"


@dataclass(frozen=True, slots=True)
class Solution:
    """Files to put into the workspace (path relative to it -> content), then a shell script to run there, if any.

    `after` is the play that is played to its end before this one begins; `fails` begins the name of the check that must fail.
    """

    files: Mapping[str, bytes]
    run: str | None
    after: str | None = None
    fails: str | None = None

    @classmethod
    def load(cls, task: Path, play: str) -> Solution:
        """The play `solution`, `lazy` or `cheats/NAME` of a task's folder.

        Every file of the play's folder belongs to it, except `run.sh`, which is run, and three files of one line: `base` names
        another play, whose files come first (and whose run.sh and `after`, when there are none of its own), `after` and `fails`.
        Raises UserError when there is no such play.
        """
        folder = _folder(task, play)
        paths = sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
        files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in paths}
        run = files.pop(RUN).decode() if RUN in files else None
        base, after, fails = (files.pop(name).decode().strip() if name in files else None for name in (BASE, AFTER, FAILS))
        below = cls.load(task, base) if base else cls({}, None)
        if after:
            _folder(task, after)
        return cls({**below.files, **files}, below.run if run is None else run, after or below.after, fails)

    async def play(self, sandbox: Sandbox) -> ExecResult | None:
        """Does the work in a sandbox, in which `after` has been played. The script's result is returned, whatever it was."""
        for name, data in self.files.items():
            await sandbox.write_file(f"{sandbox.workspace}/{name}", data)
        return None if self.run is None else await sandbox.exec(self.run)


def _folder(task: Path, play: str) -> Path:
    if not (task / play).is_dir():
        raise UserError(f"{task} has no play {play!r}; name solution, lazy or cheats/NAME")
    return task / play


def require_success(result: ExecResult | None) -> None:
    """Raises AgentError with the last words of a script that failed."""
    if result is not None and result.exit_code != 0:
        tail = result.output.decode(errors="replace").strip()[-800:]
        raise AgentError(f"run.sh ended with {result.exit_code}: {tail}")
