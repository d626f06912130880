"""The two latent attention tasks ask for the same thing and grade it alike; one shows the agent less."""

from pathlib import Path

from mldevbench.catalog import Catalog

SHOWN, HIDDEN = (Catalog().tasks[name].folder for name in ("mla", "mla_hidden_tests"))
DIFFER = {"task.toml", "instruction.md", "workspace/test_mla.py"}


def files(folder: Path) -> dict[str, str]:
    paths = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_text() for path in paths}


def test_all_but_what_the_agent_is_shown_is_identical() -> None:
    shown, hidden = files(SHOWN), files(HIDDEN)
    assert shown.keys() - hidden.keys() == {"workspace/latent.py"}
    assert {name for name in hidden if shown.get(name) != hidden[name]} == DIFFER


def test_both_state_the_same_requirements() -> None:
    first, second = ((folder / "instruction.md").read_text() for folder in (SHOWN, HIDDEN))
    beginning = "Latent attention does not cache"
    assert first.split(beginning, 1)[1] == second.split(beginning, 1)[1]


def test_the_sample_tests_are_among_those_of_the_other_task() -> None:
    def bodies(folder: Path) -> set[str]:
        return set((folder / "workspace" / "test_mla.py").read_text().strip().split("\n\n\ndef test_")[1:])

    assert len(bodies(HIDDEN)) == 2
    assert bodies(HIDDEN) < bodies(SHOWN)


def test_both_have_the_same_numbers() -> None:
    shown, hidden = (Catalog().tasks[name].file for name in ("mla", "mla_hidden_tests"))
    assert shown.profiles == hidden.profiles
