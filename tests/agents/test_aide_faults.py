"""What comes of a trial of AIDE, the real package, when a limit ends it or something breaks."""

from __future__ import annotations

import pytest

from mldevbench.outcome import Outcome, StopReason, TrialRecord
from tests.agents.faults import LINGER, Case, common, compare, left_over, play
from tests.gateway.provider_server import Reply

VERDICT = {"is_bug": False, "summary": "It does nothing.", "metric": 0.5, "lower_is_better": False}
REVIEW = Reply(tools=(("submit_review", VERDICT),))


def program(code: str) -> Reply:
    return Reply(text=f"A plan.\n\n```python\n{code}\nprint('the metric is 0.5')\n```\n")


def work(request: int) -> Reply:
    return program(f"number = {request}") if request % 2 else REVIEW


def lingers(request: int) -> Reply:
    return program(f"import subprocess\nsubprocess.run('setsid {LINGER} & {LINGER}', shell=True)") if request % 2 else REVIEW


CASES = common(work, lingers, work, 4, patience_s=20) | {
    "crash": Case(
        lambda _: program("import os\nos.kill(os.getppid(), 9)"), Outcome.FAILED, StopReason.AGENT_ERROR, "exit code 137", 1
    ),
}


@pytest.fixture(scope="module")
def records() -> dict[str, TrialRecord]:
    return play("aide?nodes=2", CASES)


@pytest.mark.parametrize("name", CASES)
def test_whatever_happens_has_an_outcome_and_a_reason(records: dict[str, TrialRecord], name: str) -> None:
    compare(CASES[name], records[name])


def test_no_process_is_left(records: dict[str, TrialRecord]) -> None:
    assert len(records) == len(CASES)
    assert not left_over()
