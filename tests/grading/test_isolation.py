"""What agent code can see and change from inside a probe."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mldevbench.grading.host import run_grader
from mldevbench.outcome import Outcome
from mldevbench.sandbox.base import SandboxSpec
from mldevbench.sandbox.view import environment
from tests.grading.support import HONEST, TOY, request

VARIABLES = {
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MLDEVBENCH_SANDBOX",
    "PWD",
    "OLDPWD",
    "SHLVL",
    "_",
    "LC_CTYPE",
}


@pytest.mark.anyio
async def test_a_probe_sees_its_copy_and_nothing_else(place: Path, warm: Path | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_PROVIDER_API_KEY", "sk-secret")
    (place / "other").mkdir()
    (place / "other" / "results.json").write_text("{}")
    closed = [TOY, TOY / "hidden" / "word.txt", place / "submission", place / "other" / "results.json", Path(__file__)]
    wanted = request(place, HONEST)
    names = VARIABLES | set(environment(SandboxSpec(place, wanted.python), home="/", tmp="/"))
    paths = [*map(str, closed), "/proc/1/environ", "/proc/1/root/etc"]
    values = {"look": True, "closed": paths, "variables": sorted(names)}
    grade = await run_grader(replace(wanted, values=values), warm=warm)
    assert grade.outcome is Outcome.PASSED, [check for check in grade.checks if not check.passed]


@pytest.mark.anyio
async def test_what_a_probe_writes_reaches_neither_the_submission_nor_the_next_probe(place: Path, warm: Path | None) -> None:
    source = """
import os
first = not os.path.exists("answer.pyc") and not os.path.exists("/tmp/seen")
open("answer.pyc", "w").close(), open("/tmp/seen", "w").close()
def f(x):
    return 2 * x + 1 if first else 0 * x
"""
    wanted = request(place, {"answer.py": source})
    for _ in range(2):
        assert (await run_grader(wanted, warm=warm)).outcome is Outcome.PASSED
    assert sorted(path.name for path in place.iterdir()) == ["submission"]
    assert sorted(path.name for path in (place / "submission").iterdir()) == ["answer.py"]
