"""What agent code can see and change from inside a probe."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mldevbench.grading.host import run_grader
from mldevbench.outcome import Outcome
from mldevbench.sandbox.base import SandboxSpec
from mldevbench.sandbox.view import environment
from tests.grading.support import HONEST, TOY, names, request

VARIABLES = {"OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PWD", "OLDPWD", "SHLVL", "_"}
"""What a shell and the single thread of a probe add to the variables of a sandbox."""


@pytest.mark.anyio
async def test_a_probe_sees_its_copy_and_nothing_else(place: Path, warm: Path | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_PROVIDER_API_KEY", "sk-secret")
    (place / "other").mkdir()
    (place / "other" / "results.json").write_text("{}")
    closed = [TOY, TOY / "hidden" / "word.txt", place / "submission", place / "other" / "results.json", Path(__file__)]
    wanted = request(place, HONEST)
    names = VARIABLES | set(environment(SandboxSpec(place, wanted.python), home="/", tmp="/"))
    values = {
        "look": True,
        "closed": [*map(str, closed)],
        "secret": "sk-secret",
        "program": "warm_main.py" if warm else "-c",
        "variables": sorted(names),
    }
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
    assert names(place) == ["submission"]
    assert names(place / "submission") == ["answer.py"]
