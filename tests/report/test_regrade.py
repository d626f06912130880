"""`mldevbench report regrade` over a real sweep: the graders of today on the submissions of then."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mldevbench
from tests.support import write_package

TASKS = "my_hello,hello_world,wandb_integration"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_package(tmp_path_factory.mktemp("tasks"), copies={"my_hello": "hello_world"})


def run(package: Path, *command: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(package)}
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(package: Path) -> Path:
    out = package / "results"
    run(package, "mldevbench.sweep", "--agents", "oracle,noop", "--tasks", TASKS, "--seeds", "1", "--out", str(out))
    return out


@pytest.fixture
def unchanged(folder: Path) -> Iterator[None]:
    """The trials and their submissions stay as they are, byte for byte."""

    def content() -> dict[Path, bytes]:
        kept = (p for p in folder.rglob("*") if p.is_file() and p.parent.name != "regrades")
        return {p: p.read_bytes() for p in kept}

    before = content()
    yield
    assert content() == before


def verdicts(folder: Path, dataset: str) -> dict[tuple[str, str], list[Any]]:
    """Trial -> its checks, by name."""
    found: dict[tuple[str, str], list[Any]] = {}
    results = mldevbench.load(str(folder))
    if dataset == "regrades":
        rows = results.regrades.to_pylist()
        return {(r["trial_key"], r["outcome"]): [(c["name"], c["passed"]) for c in json.loads(r["checks"])] for r in rows}
    for trial in results.trials.to_pylist():
        mine = [c for c in results.checks.to_pylist() if c["trial_key"] == trial["trial_key"]]
        found[trial["trial_key"], trial["outcome"]] = [(c["name"], c["passed"]) for c in mine]
    return found


@pytest.mark.usefixtures("unchanged")
def test_the_same_graders_say_the_same(package: Path, folder: Path) -> None:
    """Of the task with a service, too: what its door had heard is kept with the trial."""
    found = json.loads(run(package, "mldevbench.cli", "report", "regrade", str(folder), "--json"))
    assert len(found) == 6
    assert {v["outcome_before"] for v in found} == {"passed", "failed"}
    assert not [v for v in found if v["changed"] or v["skipped"]]
    assert verdicts(folder, "regrades") == verdicts(folder, "trials")


@pytest.mark.usefixtures("unchanged")
def test_another_grader_changes_just_the_verdicts_that_it_judges_otherwise(package: Path, folder: Path) -> None:
    grader = next(package.glob("extra_*/my_hello/grader.py"))
    grader.write_text(grader.read_text().replace("Hello, World!", "Hello, Moon!"))
    text = run(package, "mldevbench.cli", "report", "regrade", str(folder))
    assert [line for line in text.splitlines() if line.startswith("CHANGED")] == [
        "CHANGED  my_hello oracle seed 0: was passed, is failed"
    ]
    assert "FAILED  stdout: 'Hello, Moon!\\n' is expected, 'Hello, World!\\n' was found" in text
    assert "1 of 6 verdicts changed" in text
    only = run(package, "mldevbench.cli", "report", "regrade", str(folder), "--tasks", "hello_world", "--agents", "oracle")
    assert "0 of 1 verdicts changed" in only
