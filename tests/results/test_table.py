"""The table by category says what it counted, what it left out, and what its numbers do not say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pytest

import mldevbench
from mldevbench.outcome import Outcome, TrialRecord
from mldevbench.report import print_report
from mldevbench.report.text import plain
from mldevbench.results import ResultsWriter, SweepInfo
from mldevbench.spec import Arm, Limits, Named, SweepSpec
from tests.support import record_of

TASKS = {"nan_losses": "debugging", "boolq": "performance", "hello_world": "smoke"}
SOLO = Arm(Named("react"), "a1", Named("some/model"))
FEW, MANY = Limits(max_steps=10), Limits(max_steps=50)


def sweep(digest: str = "t1", arms: Sequence[Arm] = (SOLO,), limits: Sequence[Limits] = (MANY,)) -> SweepSpec:
    return SweepSpec(tuple(arms), tuple((task, digest) for task in TASKS), (0, 1), "mini", tuple(limits))


def records(spec: SweepSpec, passing: str) -> list[TrialRecord]:
    """All trials of a sweep; those of one task pass."""
    found = []
    for trial in spec.trials():
        labels = {"paper_row": None, "category": TASKS[trial.task], "title": trial.task}
        found.append(record_of(trial, Outcome.PASSED if trial.task == passing else Outcome.FAILED, labels=labels))
    return found


def add(out: Path, spec: SweepSpec, found: Sequence[TrialRecord]) -> None:
    arms = [{"agent": str(a.agent), "digest": a.agent_digest, "model": a.model and str(a.model)} for a in spec.arms]
    plan = {"arms": arms, "tasks": dict(spec.tasks), "seeds": spec.seeds, "limits": [asdict(limits) for limits in spec.limits]}
    writer = ResultsWriter.open(str(out), SweepInfo("study", "mini", plan))
    writer.append_many([(record, None) for record in found])
    writer.close()


@pytest.fixture
def shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    def show() -> str:
        print_report(mldevbench.load(str(tmp_path)))
        return capsys.readouterr().out

    return show


def cells(text: str) -> dict[str, list[str]]:
    """First word of each line of the table -> its words."""
    return {line.split()[0]: line.split() for line in text.splitlines() if line.strip()}


def test_categories_come_in_the_papers_order(tmp_path: Path, shown: Callable[[], str]) -> None:
    add(tmp_path, sweep(), records(sweep(), "nan_losses"))
    text = shown()
    rows = [line for line in text.splitlines() if "/" in line and "%" in line][:4]
    assert [row.split()[0] for row in rows] == ["Debugging", "Performance", "Smoke", "Overall"]
    assert cells(text)["Debugging"][1:4] == ["1", "2/2", "100%"]
    assert cells(text)["Overall"][1:4] == ["3", "2/6", "33%"]
    assert "needs 10 tasks" in text
    for absent in ("Missing", "SYNTHETIC", "Left out", "count in no rate"):
        assert absent not in text


def test_categories_that_nobody_knows_come_last(tmp_path: Path, shown: Callable[[], str]) -> None:
    found = [
        replace(r, labels=r.labels | {"category": {"nan_losses": "of\x1b[1m old", "boolq": None}.get(r.trial["task"], "smoke")})
        for r in records(sweep(), "nan_losses")
    ]
    add(tmp_path, sweep(), found)
    rows = [line for line in shown().splitlines() if "/" in line and "%" in line][:4]
    assert [row.rpartition("1 ")[0].strip() for row in rows[:3]] == ["Smoke", "(no category)", "of?[1m old"]


def test_missing_trials_are_counted_and_bounded(tmp_path: Path, shown: Callable[[], str]) -> None:
    found = records(sweep(), "nan_losses")
    found[-1] = replace(found[-1], outcome=Outcome.INFRA_ERROR, error_kind="node_lost", error="gone", synthetic_model=True)
    found[0] = replace(found[0], synthetic_model=True)
    add(tmp_path, sweep(), found)
    text = shown()
    assert "1 of 6 planned trials (1 infra_error (node_lost)); had all of them failed or all passed" in text
    assert "33% or 50%" in text
    assert "Attempts that count in no rate: 1 infra_error (node_lost)." in text
    assert "SYNTHETIC" in text


def test_trials_of_changed_content_are_not_pooled(tmp_path: Path, shown: Callable[[], str]) -> None:
    add(tmp_path, sweep("t1"), records(sweep("t1"), "nan_losses"))
    add(tmp_path, sweep("t2"), records(sweep("t2"), "boolq"))
    text = shown()
    assert cells(text)["Performance"][1:4] == ["1", "2/2", "100%"]
    assert cells(text)["Debugging"][1:4] == ["1", "0/2", "0%"]
    assert "Left out: 6 trials of tasks or agents whose content has changed since." in text


def test_limits_of_a_grid_are_arms_of_their_own(tmp_path: Path, shown: Callable[[], str]) -> None:
    grid = sweep(limits=(FEW, MANY))
    add(tmp_path, grid, records(grid, "boolq"))
    text = shown()
    assert "steps<=10" in text
    assert "steps<=50" in text
    assert "Missing" not in text


def test_an_arm_that_has_no_trial_yet_is_missing_as_a_whole(tmp_path: Path, shown: Callable[[], str]) -> None:
    two = sweep(arms=(SOLO, Arm(Named("noop"), "n1", None)))
    add(tmp_path, two, records(sweep(), "boolq"))
    assert "Missing, noop: 6 of 6 planned trials" in shown()


def test_text_of_agents_cannot_steer_the_terminal() -> None:
    assert plain("a\x1b[31m\u202eb\n\x07c\ud800") == "a?[31m?b ?c?"
