"""Finding tasks and agents, and saying what is wrong with a broken folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from mldevbench.catalog import Catalog, Task
from mldevbench.digest import folder_digest
from mldevbench.outcome import UserError

GOOD = """
id = "sample"
title = "A sample"
category = "smoke"
difficulty = "easy"
outputs = ["out.txt"]
[profiles.mini]
values = { limit = 3 }
"""


def write_task(folder: Path, toml: str = GOOD, instruction: str = "Write out.txt below $limit in $workspace.") -> Path:
    (folder / "solution").mkdir(parents=True)
    (folder / "solution" / "out.txt").write_text("1")
    (folder / "task.toml").write_text(toml)
    (folder / "instruction.md").write_text(instruction)
    (folder / "grader.py").write_text("def grade(g): ...\n")
    return folder


def test_a_task_folder_is_read(tmp_path: Path) -> None:
    task = Task(write_task(tmp_path / "sample"))
    assert task.id == "sample"
    assert task.instruction("mini", {"workspace": "/workspace"}) == "Write out.txt below 3 in /workspace."


@pytest.mark.parametrize(
    ("broken", "key"),
    [
        (GOOD.replace('"smoke"', '"smok"'), "category"),
        (GOOD.replace('outputs = ["out.txt"]', ""), "outputs"),
        (GOOD + "colour = 3\n", "colour"),
        (GOOD + "time = { solve_s = -1 }\n", "profiles.mini.time.solve_s"),
        (GOOD + "resources = { cpu = 1 }\n", "profiles.mini.resources.cpu"),
        (GOOD + "[", "task.toml"),
    ],
)
def test_a_broken_task_is_one_error_with_file_and_key(tmp_path: Path, broken: str, key: str) -> None:
    folder = write_task(tmp_path / "sample", broken)
    with pytest.raises(UserError) as caught:
        Task(folder)
    assert str(folder / "task.toml") in str(caught.value)
    assert key in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_placeholder_is_named(tmp_path: Path) -> None:
    task = Task(write_task(tmp_path / "sample", instruction="Reach $accuracy."))
    with pytest.raises(UserError, match="accuracy"):
        task.instruction("mini", {})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    folder = write_task(tmp_path / "sample")
    (folder / "grader.py").unlink()
    with pytest.raises(UserError, match="grader.py is missing"):
        Task(folder)


def test_changed_content_is_another_digest(tmp_path: Path) -> None:
    folder = write_task(tmp_path / "sample")
    before = folder_digest(folder)
    assert folder_digest(folder) == before
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "grader.pyc").write_bytes(b"x")
    assert folder_digest(folder) == before
    (folder / "solution" / "out.txt").write_text("2")
    assert folder_digest(folder) != before


def test_the_catalog_of_this_checkout() -> None:
    catalog = Catalog()
    assert {"react", "oracle", "noop", "cheater"} <= set(catalog.agents)
    assert len(catalog.select("all")) == len(catalog.tasks) >= 5
    assert {t.file.category for t in catalog.select("category:debugging")} == {"debugging"}
    assert all(t.file.paper_row for t in catalog.select("paper"))
    with pytest.raises(UserError, match="did you mean 'nan_losses'"):
        catalog.task("nan_loses")
    with pytest.raises(UserError, match="did you mean 'debugging'"):
        catalog.select("category:debuging")
