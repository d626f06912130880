"""The three ChannelViT tasks ask for the same thing and grade it alike; they differ in what the agent is shown."""

from pathlib import Path

import pytest

from mldevbench.catalog import Catalog, Task

EASY, NORMAL, NO_TESTS = (Catalog().task(name) for name in ("channelvit_easy", "channelvit", "channelvit_no_tests"))
TEST = "workspace/test_channel_vit.py"
SKELETON = "workspace/channel_vit.py"
EDITED_TEST = {"cheats/edited_test/run.sh", "cheats/edited_test/fails"}
"""A cheat that has no meaning where there is no test."""


def files(task: Task) -> dict[str, str]:
    """Path in the task's folder -> content; a link would be as good as a copy only where links survive."""
    paths = [path for path in task.folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert not any(path.is_symlink() for path in paths)
    return {path.relative_to(task.folder).as_posix(): path.read_text() for path in paths}


def differ(one: Task, other: Task) -> set[str]:
    first, second = files(one), files(other)
    return {name for name in first.keys() | second.keys() if first.get(name) != second.get(name)}


def test_easy_shows_an_example_more() -> None:
    assert differ(EASY, NORMAL) == {"task.toml", SKELETON}
    easy, normal = files(EASY)[SKELETON].splitlines(), iter(files(NORMAL)[SKELETON].splitlines())
    added = list(easy)
    for line in normal:
        added.remove(line)
    assert any("Example" in line for line in added)
    assert all(line.startswith("    ") or not line for line in added)  # in the docstring


def test_no_tests_shows_no_test() -> None:
    assert differ(NORMAL, NO_TESTS) == {"task.toml", "instruction.md", TEST} | EDITED_TEST
    assert TEST not in files(NO_TESTS)


def test_all_state_the_same_requirements() -> None:
    def requirements(task: Task) -> str:
        return files(task)["instruction.md"].split("\n\n", 2)[2]

    assert requirements(EASY) == requirements(NORMAL) == requirements(NO_TESTS)


def test_all_have_the_same_numbers() -> None:
    assert EASY.file.profiles == NORMAL.file.profiles == NO_TESTS.file.profiles
    assert EASY.file.outputs == NORMAL.file.outputs == NO_TESTS.file.outputs


@pytest.mark.parametrize("task", [EASY, NORMAL], ids=lambda task: task.id)
def test_the_visible_test_is_not_among_the_outputs(task: Task) -> None:
    assert Path(TEST).name not in task.file.outputs
