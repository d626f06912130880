"""What comes of a trial of OpenHands, the real packages, when a limit ends it or something breaks."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from mldevbench.outcome import Outcome, StopReason, TrialRecord
from tests.agents.faults import LINGER, Case, common, compare, left_over, play
from tests.gateway.provider_server import CONTEXT_ERROR, Reply, provider_server


def terminal(command: str, timeout: int = 30) -> Reply:
    return Reply(text="Now this.", tools=(("terminal", {"command": command, "timeout": timeout}),))


def work(request: int) -> Reply:
    return terminal(f"echo {request}")


def overflow(request: int) -> Reply:
    return work(request) if request == 1 else Reply(status=400, error=CONTEXT_ERROR)


CASES = common(work, lambda _: terminal(f"setsid {LINGER} & {LINGER}", 3600), lambda _: Reply(), 1, patience_s=20) | {
    "crash": Case(lambda _: terminal("kill -9 $PPID"), Outcome.FAILED, StopReason.AGENT_ERROR, "exit code 137", 1),
    "stuck": Case(lambda _: terminal("true"), Outcome.FAILED, StopReason.AGENT_ERROR, "stuck", 4),
    "context": Case(overflow, Outcome.FAILED, StopReason.AGENT_ERROR, "it is to be condensed", 1),
}


@pytest.fixture(scope="module")
def records() -> dict[str, TrialRecord]:
    return play("openhands", CASES)


@pytest.mark.parametrize("name", CASES)
def test_whatever_happens_has_an_outcome_and_a_reason(records: dict[str, TrialRecord], name: str) -> None:
    compare(CASES[name], records[name])


def test_no_process_is_left(records: dict[str, TrialRecord]) -> None:
    assert len(records) == len(CASES)
    assert not left_over()


def test_with_its_gateway_all_of_a_trial_goes() -> None:
    """It lives in the process that runs the trial, and is killed while OpenHands waits for an answer."""
    with provider_server() as provider:
        provider.default = Reply(fault="hang")
        command = [sys.executable, "-m", "mldevbench.cli", "run", "hello_world", "--agent", "openhands", "--model", "openai/m"]
        command += ["--api-base", f"openai={provider.url}/v1"]
        with subprocess.Popen(command, env={**os.environ, "OPENAI_API_KEY": "none"}, stdout=subprocess.DEVNULL) as runner:
            assert provider.asked.wait(200)
            trial = psutil.Process(runner.pid).children(recursive=True)
            assert any("driver.py" in " ".join(p.cmdline()) for p in trial)
            runner.kill()
            runner.wait()
        _, left = psutil.wait_procs(trial, timeout=60)
        assert not left
