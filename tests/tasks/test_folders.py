"""Every task's folder is complete, and its instruction says what grading will look for."""

import pytest

from mldevbench.catalog import Catalog, Task

TASKS = list(Catalog().tasks.values())


@pytest.mark.parametrize("task", TASKS, ids=[task.id for task in TASKS])
def test_a_task_comes_with_what_checks_it(task: Task) -> None:
    assert set(task.file.profiles) == {"mini", "full"}
    assert task.file.category == "smoke" or task.cheats
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
