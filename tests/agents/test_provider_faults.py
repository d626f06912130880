"""Each fault of a provider x ReAct, as whole trials: once, which costs only time, and for ever, which is no agent's failure.

`python -m tests.agents.test_provider_faults` prints what is measured, for both providers, as docs/faults.md has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import get_args

import pytest

from mldevbench.gateway import Retries
from mldevbench.outcome import Outcome, StopReason, TrialRecord
from tests.agents.faults import Case, compare, play
from tests.gateway.provider_server import Fault, Reply

RETRIES = Retries(more=2, first_pause_s=0.01, timeout_s=1)
PROVIDERS = ("openai", "anthropic")
SOLVES = Reply(text="Now this.", tools=(("shell", {"command": "echo 'print(\"Hello, World!\")' > hello.py"}),))
FAULTS = {
    "429": Reply(status=429),
    "429 with a time": Reply(status=429, headers={"retry-after": "0.5"}),
    "500": Reply(status=500),
    "503": Reply(status=503),
    "slow tokens": Reply(pace_s=0.5),
    **{fault: Reply(fault=fault) for fault in get_args(Fault) if fault != "redirect"},
}
LOST_S = {"429 with a time": 0.5, "hang": 1.0, "slow tokens": 6.0}
"""Seconds that one try costs at least: what Retry-After says, the time-out of one piece, and of a whole answer."""


def once(fault: str, provider: str) -> Case:
    """The agent solves its task, meets the fault, and submits."""

    def answer(request: int) -> Reply:
        return {1: SOLVES, 2: FAULTS[fault]}.get(request, Reply())

    return Case(answer, Outcome.PASSED, StopReason.SUBMITTED, "", 2, model=provider)


def for_ever(fault: str, provider: str) -> Case:
    kind = "provider_rate" if fault.startswith("429") else "provider_down"
    return Case(lambda n: SOLVES if n == 1 else FAULTS[fault], Outcome.INFRA_ERROR, None, kind, 1, model=provider)


def cases(providers: Mapping[str, tuple[str, ...]]) -> dict[str, Case]:
    """`providers` are those of which each fault comes once, and for ever."""
    found = {f"{p} {fault} once": once(fault, p) for p in providers["once"] for fault in FAULTS}
    return found | {f"{p} {fault} for ever": for_ever(fault, p) for p in providers["for ever"] for fault in FAULTS}


CASES = cases({"once": ("openai",), "for ever": ("anthropic",)})
del CASES["anthropic slow tokens for ever"]  # half a minute of waiting


@cache
def records() -> Mapping[str, TrialRecord]:
    return play("react", CASES, RETRIES, side_by_side=8)


@pytest.mark.parametrize("name", CASES)
def test_a_fault_of_the_provider_is_not_the_agents(name: str) -> None:
    record = records()[name]
    compare(CASES[name], record)
    broken = record.calls[1]
    assert broken.retries == (1 if name.endswith("once") else RETRIES.more)
    fault = name.partition(" ")[2].removesuffix(" once").removesuffix(" for ever")
    assert min(broken.waited_s, record.timings.waited_s) > LOST_S.get(fault, 0.0), "lost time counts against no limit"
    assert (broken.tokens_in is None) == name.endswith("for ever")


if __name__ == "__main__":
    both = cases(dict.fromkeys(("once", "for ever"), PROVIDERS))
    for name, record in play("react", both, RETRIES, side_by_side=1).items():
        sent = sum(call.retries + 1 for call in record.calls)
        what = (record.outcome, record.error_kind, len(record.calls), sent, record.usage.steps)
        print(f"| {name} |", " | ".join(map(str, what)), f"| {record.timings.waited_s:.2f} | {record.timings.solve_s:.2f} |")
