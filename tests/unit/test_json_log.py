"""The events of `sweep --log-format json`: a line each, without keys and without anything that steers a terminal."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import pytest

from mldevbench.json_log import JsonLog
from mldevbench.outcome import Outcome
from mldevbench.redact import Secrets
from mldevbench.spec import TrialSpec
from tests.results.test_results import record
from tests.support import NASTY, steers

KEY = 'sk-"quoted"/0123456789'


def test_every_event_is_a_line_and_holds_no_key(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, getattr(sys, name))  # the guard is for this test only
    Secrets({"OPENAI_API_KEY": KEY}).guard_output()
    lost = replace(record(3, 2, Outcome.INFRA_ERROR), error_kind="provider_auth", error=f"401 for {KEY}\n{NASTY}")
    log, spec = JsonLog(), TrialSpec.from_dict(lost.trial)
    log.started(spec, 2, "node-7")
    log.ended(lost, final=False)
    log.ended(lost, final=True)
    log.taken_over(spec, Outcome.PASSED)
    log.note(f"{KEY} is refused", "parked")
    shown = capsys.readouterr().out
    assert not steers(shown)
    assert "0123456789" not in shown
    events = [json.loads(line) for line in shown.splitlines()]
    names = [(e["event"], e["level"]) for e in events]
    assert names == [
        ("trial_started", "info"),
        ("attempt_failed", "warning"),
        ("trial_ended", "error"),
        ("trial_taken_over", "info"),
        ("parked", "warning"),
    ]
    trial = {"trial_key": spec.key, "task": "hello", "agent": "react", "model": "scripted/coin?p=0.5", "seed": 3}
    assert all(trial.items() <= e.items() for e in events[:4])
    assert (events[0]["node"], events[0]["attempt"]) == ("node-7", 2)
    assert (events[1]["error_kind"], events[1]["outcome"]) == ("provider_auth", "infra_error")
    assert events[1]["error"].startswith("401 for [OPENAI_API_KEY]\n")
    assert events[4]["message"] == "[OPENAI_API_KEY] is refused"
