"""Counts a trial's model calls twice: from the answers themselves, and from litellm's callbacks."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import anyio

from mldevbench.gateway.prices import Tokens
from mldevbench.outcome import ModelCall, Usage


@dataclass(slots=True)
class Turn:
    """A call under way."""

    index: int
    streamed: bool
    started_at: float = field(default_factory=time.time)
    start: float = field(default_factory=time.monotonic)
    waited_s: float = 0.0
    retries: int = 0
    notes: list[str] = field(default_factory=list)


class Meter:
    """`price` gives the cost in USD of an answer with a litellm `Usage`, or None when it cannot be told."""

    def __init__(self, model: str, price: Callable[[Any], float | None]) -> None:
        self._model = model
        self._price = price
        self._turns = 0
        self._answered = 0
        self._calls: list[ModelCall] = []
        self._called_back = anyio.Event()
        self.usage = Usage()
        self.callback_usage = Usage()

    @property
    def calls(self) -> tuple[ModelCall, ...]:
        """The calls that have ended, in the order of their start."""
        return tuple(sorted(self._calls, key=lambda call: call.index))

    def begin(self, *, streamed: bool) -> Turn:
        self._turns += 1
        return Turn(self._turns - 1, streamed)

    def end(
        self, turn: Turn, *, usage: Any = None, answered: bool = False, is_step: bool = False, error: str | None = None
    ) -> None:
        """`usage` is the answer's litellm `Usage`, `answered` whether there was a complete answer."""
        tokens, cost = Tokens.of(usage), self._price(usage) if answered else None
        self._calls.append(
            ModelCall(
                index=turn.index,
                started_at=turn.started_at,
                model=self._model,
                is_step=is_step,
                streamed=turn.streamed,
                tokens_in=tokens.prompt,
                tokens_out=tokens.completion,
                tokens_cached=tokens.cached,
                tokens_reasoning=tokens.reasoning,
                cost_usd=cost,
                latency_s=max(0.0, time.monotonic() - turn.start - turn.waited_s),
                waited_s=turn.waited_s,
                retries=turn.retries,
                error=error,
                notes=tuple(turn.notes),
            )
        )
        total = replace(self.usage, calls=self.usage.calls + 1, waited_s=self.usage.waited_s + turn.waited_s)
        self._answered += answered
        self.usage = _plus(total, tokens, cost, steps=int(is_step)) if answered else total

    def on_answer(self, response: Any) -> None:
        """litellm's callback for a complete answer. (It knows nothing of steps, and calls every answer one.)"""
        usage = getattr(response, "usage", None)
        total = replace(self.callback_usage, calls=self.callback_usage.calls + 1)
        self.callback_usage = _plus(total, Tokens.of(usage), self._price(usage), steps=1)
        self._called_back.set()
        self._called_back = anyio.Event()

    async def settled(self, timeout_s: float) -> bool:
        """Waits until litellm, which calls back in the background, has reported every answer; False when it has not."""
        with anyio.move_on_after(timeout_s):
            while self.callback_usage.calls < self._answered:
                await self._called_back.wait()
        return self.callback_usage.calls >= self._answered


def _plus(total: Usage, tokens: Tokens, cost_usd: float | None, *, steps: int) -> Usage:
    return replace(
        total,
        steps=total.steps + steps,
        tokens_in=total.tokens_in + (tokens.prompt or 0),
        tokens_out=total.tokens_out + (tokens.completion or 0),
        tokens_cached=total.tokens_cached + (tokens.cached or 0),
        tokens_reasoning=total.tokens_reasoning + (tokens.reasoning or 0),
        cost_usd=None if total.cost_usd is None or cost_usd is None else total.cost_usd + cost_usd,
    )
