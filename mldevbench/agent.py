"""The small public interface of agents: one async function over an `AgentContext`.

    async def solve(ctx: AgentContext) -> None:
        answer = await ctx.model.complete([{"role": "user", "content": ctx.instruction}])
        await ctx.sandbox.exec("echo hello > out.txt")

Returning is submitting. `LimitReached`, `InfraError` and `BudgetSpent` raised by the context pass through; any other exception of
the agent is recorded as `agent_error`, and what it left is graded all the same.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from mldevbench.outcome import Event
from mldevbench.sandbox.base import Sandbox
from mldevbench.spec import Limits


class Model(Protocol):
    """The trial's model, by way of the gateway, which meters it and holds it to the limits."""

    name: str
    url: str | None
    """Base address of the trial's door as seen inside the sandbox: `<url>/v1/chat/completions` speaks OpenAI's protocol,
    `<url>/v1/messages` Anthropic's."""

    async def complete(
        self, messages: Sequence[Mapping[str, Any]], *, tools: Sequence[Mapping[str, Any]] | None = None, **params: Any
    ) -> dict[str, Any]:
        """One answer, as the assistant message of an OpenAI chat completion (`role`, `content`, `tool_calls`).

        Raises LimitReached when a limit of the trial is used up, InfraError when the provider cannot be used, BudgetSpent when
        the sweep may cost no more, and AgentError when the model refused this request (context overflow, content filter).
        """
        ...


@dataclass(slots=True)
class EventLog:
    """The trajectory. `on_event` sees each event as it happens."""

    on_event: Callable[[Event], None] | None = None
    events: list[Event] = field(default_factory=list)
    _start: float = field(default_factory=time.monotonic)

    def start(self) -> None:
        """The agent begins now: events are timed from here."""
        self._start = time.monotonic()

    def add(self, kind: str, /, **data: Any) -> None:
        """`kind` is `model`, `tool_call`, `tool_result`, `note` or `file` (`door` is the trial's own); `data` must fit JSON."""
        event = Event(len(self.events), time.monotonic() - self._start, kind, data)
        self.events.append(event)
        if self.on_event:
            self.on_event(event)


@dataclass(frozen=True, slots=True)
class AgentContext:
    """What an agent gets. `answers` is the task's own folder, given to control agents only; others get None.

    `limits` are the sweep's, with the task's own time where the sweep has none. `cpus` and `gpus` are how many the task asks for;
    `gpus` is 0 where it runs on the CPU instead. `python` is the interpreter of the agent's own environment, at the same path in
    the sandbox; None for an agent without one.
    """

    instruction: str
    sandbox: Sandbox
    model: Model | None
    limits: Limits
    seed: int
    log: EventLog
    args: Mapping[str, str]
    answers: Path | None = None
    cpus: float = 1.0
    gpus: float = 0.0
    python: Path | None = None


Solve = Callable[[AgentContext], Awaitable[None]]
