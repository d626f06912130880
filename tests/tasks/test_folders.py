"""Every task's folder is complete, and its instruction says what grading will look for."""

import csv
from collections import Counter
from importlib.resources import files

import pytest

from mldevbench.catalog import CATEGORIES, Catalog, Task
from mldevbench.commands.tasks import main
from mldevbench.paths import PACKAGE_ROOT

TASKS = list(Catalog().tasks.values())


def test_every_row_of_the_paper_is_a_task_of_its_category() -> None:
    with (files("mldevbench") / "report" / "paper.csv").open(encoding="utf-8") as file:
        paper = {row["paper_row"]: row["category"] for row in csv.DictReader(file)}
    rows = [(task.file.paper_row, CATEGORIES[task.file.category]) for task in TASKS if task.file.paper_row]
    assert sorted(rows) == sorted(paper.items())
    assert Counter(category for _, category in rows) == {
        "Dataset Handling": 3,
        "Model Training": 6,
        "Debugging": 7,
        "API Integration": 1,
        "Model Implementation": 7,
        "Performance": 6,
    }
    beyond = {"full_training_workflow", "lora", "mcts", "noisy_label_annotation", "hello_world"}
    assert {task.id for task in TASKS if not task.file.paper_row} == beyond


def test_the_page_of_tasks_is_of_today(capsys: pytest.CaptureFixture[str]) -> None:
    main(["list", "--markdown"])
    page = (PACKAGE_ROOT / "docs" / "tasks.md").read_text()
    assert page == capsys.readouterr().out, "make it anew: mldevbench tasks list --markdown > docs/tasks.md"


@pytest.mark.parametrize("task", TASKS, ids=[task.id for task in TASKS])
def test_a_task_comes_with_what_checks_it(task: Task) -> None:
    assert set(task.file.profiles) == {"mini", "full"}
    assert len(task.cheats) >= 2
    assert all((task.folder / "cheats" / cheat / "fails").is_file() for cheat in task.cheats), "a cheat names no check"
    for play in (task.folder / "solution", task.folder / "lazy", *(task.folder / "cheats").glob("*")):
        assert all(
            "\0" not in path.read_text() for path in play.rglob("*") if path.suffix not in ("", ".pyc")
        )  # scripted models write text


@pytest.mark.parametrize("task", TASKS, ids=[task.id for task in TASKS])
@pytest.mark.parametrize("profile", ["mini", "full"])
def test_the_instruction_names_what_is_asked_for(task: Task, profile: str) -> None:
    mounted = {name: f"/assets/{name}" for name in task.profile(profile).assets.mount}
    text = task.instruction(profile, {"workspace": "/workspace", "door": "http://127.0.0.1:1", **mounted})
    assert "$" not in text.replace("$DOOR", "").replace("$ASSET_", "")
    named = [output for output in task.file.outputs if output.split("*")[0].rstrip("/").split("/")[-1] in text]
    assert named == list(task.file.outputs)
