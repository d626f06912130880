"""A task tried by hand: `tasks prepare`, `tasks door`, `tasks grade`, as a person would use them."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mldevbench.catalog import Catalog

TASK = "noisy_imagenette_download"
SOLUTION = Catalog().task(TASK).folder / "solution"


def tasks(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mldevbench.cli", "tasks", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@contextmanager
def door(desk: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "mldevbench.cli", "tasks", "door", TASK, str(desk)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("serving http://127.0.0.1:")
        yield
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130


@pytest.mark.timeout(300)
def test_a_task_with_a_door_is_solved_by_hand(tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    prepared = tasks("prepare", TASK, desk)
    assert prepared.returncode == 0, prepared.stderr
    assert str(desk) in prepared.stdout
    assert f"run `mldevbench tasks door {TASK} {desk}`" in prepared.stdout

    untouched = tasks("grade", TASK, desk)
    assert untouched.returncode == 1
    assert "FAILED" in untouched.stdout

    shutil.copytree(SOLUTION, desk, dirs_exist_ok=True)
    with door(desk):
        command = ["bash", "-e", "-c", ". .mldevbench/environment.sh; bash run.sh"]
        done = subprocess.run(command, cwd=desk, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        graded = tasks("grade", TASK, desk, "--json")
    assert graded.returncode == 0, graded.stdout
    verdict = json.loads(graded.stdout)
    assert verdict["outcome"] == "passed"
    assert all(check["passed"] for check in verdict["checks"])
    assert tasks("grade", TASK, desk).stdout.endswith("passed\n")  # what the door heard was kept


def test_folders_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    assert tasks("prepare", "hello_world", desk).returncode == 0
    for arguments, told in [
        (("prepare", "hello_world", desk), "is there already"),
        (("prepare", "hello_world", tmp_path / "other", "--profile", "medium"), "'medium'"),
        (("grade", "nan_losses", desk), "was prepared for the task hello_world"),
        (("grade", "hello_world", tmp_path), "mldevbench tasks prepare hello_world"),
        (("prepare", "nowhere/", tmp_path / "other"), "nowhere"),
    ]:
        refused = tasks(*arguments)
        assert (refused.returncode, refused.stderr.count("\n")) == (2, 1), refused.stderr
        assert told in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["desk"]
