"""What comes of a trial of ReAct when a limit ends it or its provider breaks."""

from __future__ import annotations

import pytest

from mldevbench.outcome import TrialRecord
from tests.agents.faults import LINGER, common, compare, left_over, play
from tests.gateway.provider_server import Reply


def shell(command: str) -> Reply:
    return Reply(text="Now this.", tools=(("shell", {"command": command}),))


CASES = common(lambda n: shell(f"echo {n}"), lambda _: shell(f"setsid {LINGER} & {LINGER}"), lambda _: Reply(), 1, patience_s=5)


@pytest.fixture(scope="module")
def records() -> dict[str, TrialRecord]:
    return play("react", CASES)


@pytest.mark.parametrize("name", CASES)
def test_whatever_happens_has_an_outcome_and_a_reason(records: dict[str, TrialRecord], name: str) -> None:
    compare(CASES[name], records[name])


def test_no_process_is_left(records: dict[str, TrialRecord]) -> None:
    assert len(records) == len(CASES)
    assert not left_over()
