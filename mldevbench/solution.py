"""Prepared work: a task's reference solution, lazy solution or cheat, as files to write and a script to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mldevbench.outcome import AgentError
from mldevbench.sandbox.base import ExecResult, Sandbox

RUN = "run.sh"
BASE = "base"


@dataclass(frozen=True, slots=True)
class Solution:
    """Files to put into the workspace (path relative to it -> content), then a shell script to run there, if any."""

    files: Mapping[str, bytes]
    run: str | None

    @classmethod
    def load(cls, task: Path, play: str) -> Solution:
        """The play `solution`, `lazy` or `cheats/NAME` of a task's folder.

        Every file of the play's folder belongs to it, except `run.sh`, which is run, and `base`: a line that names another play,
        whose files come first (and whose run.sh, when there is none of its own).
        """
        folder = task / play
        paths = sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
        files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in paths}
        run, base = files.pop(RUN, None), files.pop(BASE, None)
        below = cls.load(task, base.decode().strip()) if base is not None else cls({}, None)
        return cls({**below.files, **files}, run.decode() if run is not None else below.run)

    async def play(self, sandbox: Sandbox) -> ExecResult | None:
        """Does the work in a sandbox. The script's result is returned, whatever it was."""
        for name, data in self.files.items():
            await sandbox.write_file(f"{sandbox.workspace}/{name}", data)
        return None if self.run is None else await sandbox.exec(self.run)


def require_success(result: ExecResult | None) -> None:
    """Raises AgentError with the last words of a script that failed."""
    if result is not None and result.exit_code != 0:
        tail = result.output.decode(errors="replace").strip()[-800:]
        raise AgentError(f"run.sh ended with {result.exit_code}: {tail}")
