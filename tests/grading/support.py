"""Grading a set of files as the life of a trial does it: workspace, declared outputs, grader."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio

from mldevbench.envs import task_python
from mldevbench.grading.collect import collect
from mldevbench.grading.host import GradeRequest, run_grader
from mldevbench.outcome import Grade
from mldevbench.sandbox.base import SandboxLimits

TOY = Path(__file__).parent / "toy"
HONEST = {"answer.py": "def f(x):\n    return 2 * x + 1\n"}
VALUES: Mapping[str, Any] = {"call_s": 20.0}


def request(
    place: Path, files: Mapping[str, str], task_dir: Path = TOY, values: Mapping[str, Any] = VALUES, **more: Any
) -> GradeRequest:
    """A request to grade these files, laid out below `place`."""
    submission = place / "submission"
    for name, text in files.items():
        (submission / name).parent.mkdir(parents=True, exist_ok=True)
        (submission / name).write_text(text)
    base = GradeRequest(
        task_dir, submission, "mini", values, {}, (), task_python(), "bwrap", SandboxLimits(memory=2**30), timeout_s=60.0
    )
    return replace(base, **more)


async def grade_folder(task_dir: Path, play: str | None, place: Path, warm: Path | None) -> Grade:
    """The grade of a task's untouched workspace with a folder of prepared files (`solution`, `cheats/...`) put over it."""
    task = tomllib.loads((task_dir / "task.toml").read_text())
    profile = task["profiles"]["mini"]
    workspace = place / "workspace"
    workspace.mkdir()
    for source in ("workspace", play):
        if source and (task_dir / source).is_dir():
            shutil.copytree(task_dir / source, workspace, dirs_exist_ok=True)
    refused = collect(workspace, task_dir / "workspace", task["outputs"], place / "submission", max_bytes=2**20, max_files=100)
    assert not refused
    wanted = request(place, {}, task_dir, profile["values"], timeout_s=profile["time"]["grade_s"], limits=SandboxLimits())
    return await run_grader(wanted, warm=warm)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def eventually(condition: Callable[[], object]) -> None:
    """Returns once the condition holds; TimeoutError after half a minute."""
    with anyio.fail_after(30):
        while True:
            if condition():
                return
            await anyio.sleep(0.02)
