"""docs/adding-a-task.md as it stands: its files are written, its commands are run, in order."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mldevbench.paths import PACKAGE_ROOT

PAGE = PACKAGE_ROOT / "docs" / "adding-a-task.md"
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def shell(command: str, folder: Path) -> str:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-e", "-c", command], cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(300)
def test_the_page_makes_a_task_that_passes_its_check(tmp_path: Path) -> None:
    said = []
    for kind, name, text in BLOCK.findall(PAGE.read_text()):
        if name:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        elif kind == "bash":
            said.append(shell(text, tmp_path))
    assert len(said) == 3
    assert "5 plays of 1 tasks: 0 wrong" in said[1]
    assert said[2].rstrip().endswith("passed")


def test_the_skeleton_passes_its_check_and_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    shell("mldevbench tasks new of_a_test --category performance --into skeleton", tmp_path)
    assert ": 0 wrong" in shell("mldevbench tasks check skeleton/", tmp_path)
    for wrong, told in [
        ("of_a_test --into skeleton", "is there already"),
        ("hello_world --into other", "the id 'hello_world' is taken"),
        ("Capital --into other", "id"),
        ("another --category nonsense --into other", "nonsense"),
    ]:
        done = subprocess.run(
            [sys.executable, "-m", "mldevbench.cli", "tasks", "new", *wrong.split()],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert told in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["skeleton"]


def test_a_cheat_is_wrong_when_another_check_stops_it_or_none_after_the_solution(tmp_path: Path) -> None:
    shell("mldevbench tasks new of_a_test --into skeleton", tmp_path)
    cheats = tmp_path / "skeleton" / "cheats"
    (cheats / "constant" / "fails").write_text("the tables are turned\n")
    (cheats / "nothing_changed").mkdir()
    (cheats / "nothing_changed" / "after").write_text("solution\n")
    command = [sys.executable, "-m", "mldevbench.cli", "tasks", "check", "skeleton/", "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    wrong = {play["play"]: play["outcome"] for play in json.loads(done.stdout) if not play["right"]}
    assert wrong == {"cheats/constant": "failed", "cheats/nothing_changed": "passed"}
