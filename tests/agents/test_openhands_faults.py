"""What comes of a trial of OpenHands, the real packages, when a limit ends it or something breaks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import anyio
import psutil
import pytest

from mldevbench.catalog import Catalog
from mldevbench.envs import task_python
from mldevbench.gateway import Gateway, LocalRateGate, Price, Retries
from mldevbench.node import Node
from mldevbench.outcome import Outcome, StopReason, TrialRecord
from mldevbench.sandbox.broker import NodeBroker
from mldevbench.sandbox.tiers import choose_tier
from mldevbench.spec import Limits, Named, TrialSpec
from mldevbench.trial import run_trial
from tests.gateway.provider_server import CONTEXT_ERROR, Provider, Reply, provider_server

SIDE_BY_SIDE = 4
LINGER = "sleep 3543"


def terminal(command: str, timeout: int = 30) -> Reply:
    return Reply(text="Now this.", tools=(("terminal", {"command": command, "timeout": timeout}),))


def work(request: int) -> Reply:
    return terminal(f"echo {request}")


@dataclass(frozen=True)
class Case:
    """`answer` gives the reply to the first, second, ... request, and what follows is what must come of the trial."""

    answer: Callable[[int], Reply]
    outcome: Outcome
    stop: StopReason | None
    words: str = ""
    steps: int | None = None
    limits: Limits = field(default_factory=Limits)
    model: str = "openai"


def limited(limits: Limits, stop: StopReason, words: str) -> Case:
    return Case(work, Outcome.FAILED, stop, words, 2, limits)


def broken(reply: Reply, kind: str, model: str = "openai") -> Case:
    return Case(lambda request: work(request) if request == 1 else reply, Outcome.INFRA_ERROR, None, kind, 1, model=model)


TOO_MANY = Reply(status=429, headers={"retry-after": "0.05"})
CASES = {
    "max_steps": limited(Limits(max_steps=2), StopReason.MAX_STEPS, "MaxIterationsReached"),
    "max_tokens": limited(Limits(max_tokens=200), StopReason.MAX_TOKENS, "limit is reached"),
    "max_cost": limited(Limits(max_cost_usd=0.00015), StopReason.MAX_COST, "limit is reached"),
    "max_time": Case(
        lambda _: terminal(f"setsid {LINGER} & {LINGER}", 3600),
        Outcome.FAILED,
        StopReason.MAX_TIME,
        limits=Limits(max_time_s=20),
    ),
    "a storm": Case(lambda n: TOO_MANY if n < 6 else Reply(), Outcome.FAILED, StopReason.SUBMITTED, steps=1, model="anthropic"),
    "a storm without end": broken(TOO_MANY, "provider_rate", "anthropic"),
    "down": broken(Reply(status=503), "provider_down"),
    "hangs": broken(Reply(fault="hang"), "provider_down"),
    "garbage": broken(Reply(fault="garbage"), "provider_down"),
    "closes in the middle": broken(Reply(fault="cut"), "provider_down"),
    "crash": Case(lambda _: terminal("kill -9 $PPID"), Outcome.FAILED, StopReason.AGENT_ERROR, "exit code 137", 1),
    "stuck": Case(lambda _: terminal("true"), Outcome.FAILED, StopReason.AGENT_ERROR, "stuck", 4),
    "context": Case(
        lambda n: work(n) if n == 1 else Reply(status=400, error=CONTEXT_ERROR),
        Outcome.FAILED,
        StopReason.AGENT_ERROR,
        "it is to be condensed",
        1,
    ),
}


async def play(provider: Provider) -> dict[str, TrialRecord]:
    """All the cases, a few at a time, on one node; the model's name tells the provider which one it is."""
    catalog = Catalog()
    task, agent = catalog.task("hello_world"), catalog.agent("openhands")
    asked: Counter[str] = Counter()
    records: dict[str, TrialRecord] = {}

    def reply(body: dict[str, str]) -> Reply:
        asked[body["model"]] += 1
        return CASES[body["model"].replace("-", " ")].answer(asked[body["model"]])

    async def one(name: str, case: Case, node: Node) -> None:
        model = Named(f"{case.model}/{name.replace(' ', '-')}")
        spec = TrialSpec(task.id, task.digest, Named(agent.id), agent.digest, model, 0, "mini", case.limits)
        async with limiter:
            records[name] = (await run_trial(spec, catalog=catalog, node=node)).record

    provider.default = reply
    limiter = anyio.CapacityLimiter(SIDE_BY_SIDE)
    gateway = Gateway(
        keys={"OPENAI_API_KEY": "none", "ANTHROPIC_API_KEY": "none"},
        api_bases={"openai": f"{provider.url}/v1", "anthropic": provider.url},
        prices={"openai/max_cost": Price(1, 0)},
        rates=LocalRateGate(first_pause_s=0.01),
        retries=Retries(more=6, first_pause_s=0.01, timeout_s=2),
    )
    async with gateway, anyio.create_task_group() as tasks:
        node = Node("here", choose_tier(task_python(), "bwrap", allow_none=False), task_python(), gateway, NodeBroker(cpus=4))
        for name, case in CASES.items():
            tasks.start_soon(one, name, case, node)
    return records


@pytest.fixture(scope="module")
def records() -> dict[str, TrialRecord]:
    with provider_server() as provider:
        return anyio.run(play, provider)


@pytest.mark.parametrize("name", CASES)
def test_whatever_happens_has_an_outcome_and_a_reason(records: dict[str, TrialRecord], name: str) -> None:
    case, record = CASES[name], records[name]
    assert (record.outcome, record.stop_reason) == (case.outcome, case.stop), record.error
    notes = [event.data["text"] for event in record.events if event.kind == "note"]
    assert case.words in " ".join([record.error_kind or "", *notes])
    if case.steps is not None:
        answers = sum(event.kind == "model" for event in record.events)
        assert (answers, record.usage.steps) == (case.steps, case.steps)


def test_no_process_is_left(records: dict[str, TrialRecord]) -> None:
    running = [" ".join(p.info["cmdline"] or ()) for p in psutil.process_iter(["cmdline"])]
    assert not [command for command in running if command == LINGER]
    ours = [" ".join(p.cmdline()) for p in psutil.Process().children(recursive=True)]
    assert not [command for command in ours if "bwrap" in command or "driver.py" in command]


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
