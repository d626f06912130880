"""Trials of an agent that a limit ends, or whose provider breaks: what an agent does is told apart from what must come of it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import anyio
import psutil

from mldevbench.catalog import Catalog
from mldevbench.envs import task_python
from mldevbench.gateway import Gateway, LocalRateGate, Price, Retries
from mldevbench.node import Node
from mldevbench.outcome import Outcome, StopReason, TrialRecord
from mldevbench.sandbox.broker import NodeBroker
from mldevbench.sandbox.tiers import choose_tier
from mldevbench.spec import Limits, Named, TrialSpec
from mldevbench.trial import run_trial
from tests.gateway.provider_server import Provider, Reply, provider_server
from tests.processes import below, command_line

SIDE_BY_SIDE = 4
LINGER = f"sleep 3543.{os.getpid()}"
"""Known by its digits from what another run of these tests, beside this one, has left."""
TOO_MANY = Reply(status=429, headers={"retry-after": "0.05"})

Answer = Callable[[int], Reply]
"""The reply to the first, second, ... request."""


@dataclass(frozen=True)
class Case:
    """What a provider answers, and what must come of the trial."""

    answer: Answer
    outcome: Outcome
    stop: StopReason | None
    words: str = ""
    steps: int | None = None
    limits: Limits = field(default_factory=Limits)
    model: str = "openai"


def common(work: Answer, lingering: Answer, submits: Answer, steps: int, *, patience_s: float) -> dict[str, Case]:
    """What every agent meets. `work` leaves the task undone, `lingering` runs LINGER, `submits` ends after so many `steps`.

    Within `patience_s` seconds it has asked its first question.
    """

    def limited(limits: Limits, stop: StopReason) -> Case:
        return Case(work, Outcome.FAILED, stop, "", 2, limits)

    def broken(reply: Reply, kind: str, model: str = "openai") -> Case:
        return Case(lambda n: work(n) if n == 1 else reply, Outcome.INFRA_ERROR, None, kind, 1, model=model)

    def storm(request: int) -> Reply:
        return TOO_MANY if request < 6 else submits(request - 5)

    return {
        "max_steps": limited(Limits(max_steps=2), StopReason.MAX_STEPS),
        "max_tokens": limited(Limits(max_tokens=200), StopReason.MAX_TOKENS),
        "max_cost": limited(Limits(max_cost_usd=0.00015), StopReason.MAX_COST),
        "max_time": Case(lingering, Outcome.FAILED, StopReason.MAX_TIME, limits=Limits(max_time_s=patience_s)),
        "a storm": Case(storm, Outcome.FAILED, StopReason.SUBMITTED, steps=steps, model="anthropic"),
        "a storm without end": broken(TOO_MANY, "provider_rate", "anthropic"),
        "down": broken(Reply(status=503), "provider_down"),
        "hangs": broken(Reply(fault="hang"), "provider_down"),
        "garbage": broken(Reply(fault="garbage"), "provider_down"),
        "closes in the middle": broken(Reply(fault="cut"), "provider_down"),
    }


PATIENCE = Retries(more=6, first_pause_s=0.01, timeout_s=2)


def play(
    agent: str, cases: Mapping[str, Case], retries: Retries = PATIENCE, side_by_side: int = SIDE_BY_SIDE
) -> dict[str, TrialRecord]:
    """A trial of `hello_world` for each case, a few at a time, on one node with one provider.

    Every request that the provider got is a try that the trial's record has. (A try may be given up before it gets there.)
    """
    with provider_server() as provider:
        return anyio.run(_play, Named.parse(agent), cases, provider, retries, side_by_side)


async def _play(
    agent: Named, cases: Mapping[str, Case], provider: Provider, retries: Retries, side_by_side: int
) -> dict[str, TrialRecord]:
    catalog = Catalog()
    task, digest = catalog.task("hello_world"), catalog.agent(agent.name).digest
    asked: Counter[str] = Counter()
    records: dict[str, TrialRecord] = {}

    def reply(body: dict[str, str]) -> Reply:  # the model's name tells which case it is
        asked[body["model"]] += 1
        return cases[body["model"].replace("-", " ")].answer(asked[body["model"]])

    async def one(name: str, case: Case, node: Node) -> None:
        model = Named(f"{case.model}/{name.replace(' ', '-')}")
        spec = TrialSpec(task.id, task.digest, agent, digest, model, 0, "mini", case.limits)
        async with limiter:
            records[name] = (await run_trial(spec, catalog=catalog, node=node)).record
        assert asked[model.name.partition("/")[2]] <= sum(call.retries + 1 for call in records[name].calls), name

    provider.default = reply
    limiter = anyio.CapacityLimiter(side_by_side)
    gateway = Gateway(
        keys={"OPENAI_API_KEY": "none", "ANTHROPIC_API_KEY": "none"},
        api_bases={"openai": f"{provider.url}/v1", "anthropic": provider.url},
        prices={"openai/max_cost": Price(1, 0)},
        rates=LocalRateGate(first_pause_s=0.01),
        retries=retries,
    )
    async with gateway, anyio.create_task_group() as tasks:
        node = Node("here", choose_tier(task_python(), "bwrap", allow_none=False), task_python(), gateway, NodeBroker(cpus=4))
        for name, case in cases.items():
            tasks.start_soon(one, name, case, node)
    return records


def compare(case: Case, record: TrialRecord) -> None:
    """Asserts that the trial ended as it must."""
    assert (record.outcome, record.stop_reason) == (case.outcome, case.stop), record.error
    notes = [event.data["text"] for event in record.events if event.kind == "note"]
    assert case.words in " ".join([record.error_kind or "", *notes])
    if case.steps is not None:
        answers = sum(event.kind == "model" for event in record.events)
        assert (answers, record.usage.steps) == (case.steps, case.steps)


def left_over() -> list[str]:
    """Command lines of processes that should have ended with their trials."""
    running = [" ".join(p.info["cmdline"] or ()) for p in psutil.process_iter(["cmdline"])]
    sandboxed = [command_line(p) for word in ("bwrap", "driver.py") for p in below(word)]
    return [command for command in running if command == LINGER] + sandboxed
