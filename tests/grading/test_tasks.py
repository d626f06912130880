"""The reference solutions of two tasks pass, everything else that is prepared for them fails, warm and cold alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from mldevbench.grading.warm import WarmServer
from mldevbench.outcome import Outcome
from mldevbench.paths import PACKAGE_ROOT
from tests.grading.support import grade_folder

TASKS = [PACKAGE_ROOT / "tasks" / name for name in ("smoke/hello_world", "model_implementation/channelvit_no_tests")]
WRONG = [(task, play) for task in TASKS for play in [None, *(f"cheats/{p.name}" for p in sorted((task / "cheats").iterdir()))]]


@pytest.mark.anyio
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
async def test_the_solution_passes(task: Path, place: Path, warm: Path | None) -> None:
    grade = await grade_folder(task, "solution", place, warm)
    assert grade.outcome is Outcome.PASSED, [check for check in grade.checks if not check.passed]


@pytest.mark.anyio
@pytest.mark.parametrize(("task", "play"), WRONG, ids=[f"{task.name} {play}" for task, play in WRONG])
async def test_the_rest_fails(task: Path, play: str | None, place: Path, warm_server: WarmServer) -> None:
    assert (await grade_folder(task, play, place, warm_server.socket)).outcome is Outcome.FAILED
