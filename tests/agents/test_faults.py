"""What comes of a trial of each agent, the real packages, when a limit ends it, its provider breaks, or it breaks itself."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache

import psutil
import pytest

from mldevbench.outcome import Outcome, StopReason, TrialRecord
from tests.agents.faults import LINGER, Case, common, compare, left_over, play
from tests.gateway.provider_server import CONTEXT_ERROR, Reply, provider_server
from tests.processes import command_line

BOTH = f"setsid {LINGER} & {LINGER}"
"""One that the agent waits for, and one in the background."""


def react() -> dict[str, Case]:
    def shell(command: str) -> Reply:
        return Reply(text="Now this.", tools=(("shell", {"command": command}),))

    return common(lambda n: shell(f"echo {n}"), lambda _: shell(BOTH), lambda _: Reply(), 1, patience_s=5)


def openhands() -> dict[str, Case]:
    def terminal(command: str, timeout: int = 30) -> Reply:
        return Reply(text="Now this.", tools=(("terminal", {"command": command, "timeout": timeout}),))

    def work(request: int) -> Reply:
        return terminal(f"echo {request}")

    def overflow(request: int) -> Reply:
        return work(request) if request == 1 else Reply(status=400, error=CONTEXT_ERROR)

    return common(work, lambda _: terminal(BOTH, 3600), lambda _: Reply(), 1, patience_s=20) | {
        "crash": Case(lambda _: terminal("kill -9 $PPID"), Outcome.FAILED, StopReason.AGENT_ERROR, "exit code 137", 1),
        "stuck": Case(lambda _: terminal("true"), Outcome.FAILED, StopReason.AGENT_ERROR, "stuck", 4),
        "context": Case(overflow, Outcome.FAILED, StopReason.AGENT_ERROR, "it is to be condensed", 1),
    }


def aide() -> dict[str, Case]:
    verdict = {"is_bug": False, "summary": "It does nothing.", "metric": 0.5, "lower_is_better": False}
    review = Reply(tools=(("submit_review", verdict),))

    def program(code: str) -> Reply:
        return Reply(text=f"A plan.\n\n```python\n{code}\nprint('the metric is 0.5')\n```\n")

    def work(request: int) -> Reply:
        return program(f"number = {request}") if request % 2 else review

    def lingers(request: int) -> Reply:
        return program(f"import subprocess\nsubprocess.run('{BOTH}', shell=True)") if request % 2 else review

    crash = program("import os\nos.kill(os.getppid(), 9)")
    return common(work, lingers, work, 4, patience_s=20) | {
        "crash": Case(lambda _: crash, Outcome.FAILED, StopReason.AGENT_ERROR, "exit code 137", 1)
    }


CASES = {"react": react(), "openhands": openhands(), "aide?nodes=2": aide()}
IDS = [agent.partition("?")[0] for agent in CASES]


@cache
def records(agent: str) -> Mapping[str, TrialRecord]:
    return play(agent, CASES[agent])


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        pytest.param(agent, name, id=f"{key}-{name}")
        for key, (agent, cases) in zip(IDS, CASES.items(), strict=True)
        for name in cases
    ],
)
def test_whatever_happens_has_an_outcome_and_a_reason(agent: str, name: str) -> None:
    compare(CASES[agent][name], records(agent)[name])


@pytest.mark.parametrize("agent", CASES, ids=IDS)
def test_no_process_is_left(agent: str) -> None:
    assert records(agent).keys() == CASES[agent].keys()
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
            assert any("driver.py" in command_line(p) for p in trial)
            runner.kill()
            runner.wait()
        _, left = psutil.wait_procs(trial, timeout=60)
        assert not left
