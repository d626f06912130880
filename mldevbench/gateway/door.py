"""A trial's own door to its model: limits before each call, metering after it."""

from __future__ import annotations

import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio

from mldevbench.clock import TrialClock
from mldevbench.gateway.faults import CallFailed
from mldevbench.gateway.meter import Meter, Turn
from mldevbench.gateway.models import Target
from mldevbench.gateway.prices import Price, cost_usd
from mldevbench.gateway.request import BadRequest, Request
from mldevbench.gateway.scripted.play import next_action
from mldevbench.gateway.scripted.policies import Policy
from mldevbench.gateway.scripted.script import Action, Script
from mldevbench.gateway.upstream import Answer, Upstream
from mldevbench.offers import Offers
from mldevbench.outcome import AgentError, BudgetSpent, InfraError, LimitReached, MLDevBenchError, ModelCall, StopReason, Usage
from mldevbench.spec import Limits, Named

MOST_IN_FLIGHT = 16
_MOST_REQUESTS = 10_000
_SETTLE_S = 5.0


class Door:
    """Made by `Gateway.open_door`. Satisfies `mldevbench.agent.Model`."""

    def __init__(
        self,
        upstream: Upstream,
        prices: Mapping[str, Price],
        *,
        model: Named | None,
        target: Target | None,
        limits: Limits,
        seed: int,
        clock: TrialClock,
        script: Script | None,
    ) -> None:
        self.id = secrets.token_hex(8)
        self.name = str(model) if model else "none"
        self.url: str | None = None
        self.limit: StopReason | None = None
        self.fault: InfraError | BudgetSpent | None = None
        self.before_answer: Callable[[], None] = lambda: None
        """Called before each HTTP answer begins, when `requests` and the services' records know of what is answered."""
        self._upstream, self._target, self._limits, self._seed = upstream, target, limits, seed
        self._clock, self._script = clock, script
        self._policy = Policy.parse(model) if model and target and target.scripted else None
        self._meter = Meter(self.name, lambda usage: cost_usd(target, prices, usage) if target else None)
        self._excused = True
        self._in_flight = 0
        self._ended = anyio.Event()
        self._closed = anyio.Event()
        self._requests: list[str] = []

    @property
    def has_model(self) -> bool:
        return self._target is not None

    @property
    def usage(self) -> Usage:
        return self._meter.usage

    @property
    def callback_usage(self) -> Usage:
        """The same totals as litellm's callbacks count them, every answer a step; complete once `settled`."""
        return self._meter.callback_usage

    @property
    def calls(self) -> tuple[ModelCall, ...]:
        return self._meter.calls

    @property
    def requests(self) -> tuple[str, ...]:
        """The paths that were requested over HTTP, in order (the first 10,000)."""
        return tuple(self._requests)

    def note_request(self, path: str) -> None:
        if len(self._requests) < _MOST_REQUESTS:
            self._requests.append(path[:1000])

    def close_for(self, reason: StopReason) -> None:
        """Refuses every further call with LimitReached(reason)."""
        self.limit = self.limit or reason
        self._closed.set()

    async def closed(self) -> None:
        """Returns once every further call is refused, because a limit is used up or the provider cannot be used."""
        await self._closed.wait()

    async def settled(self, timeout_s: float = _SETTLE_S) -> bool:
        """Waits until no call is under way and litellm's callbacks have caught up; False when they did not in time."""
        with anyio.move_on_after(timeout_s):
            while self._in_flight:
                await self._ended.wait()
        return await self._meter.settled(timeout_s)

    async def complete(
        self, messages: Sequence[Mapping[str, Any]], *, tools: Sequence[Mapping[str, Any]] | None = None, **params: Any
    ) -> dict[str, Any]:
        """One answer as an OpenAI assistant message; see `mldevbench.agent.Model`."""
        try:
            request = Request.parse({**params, "messages": list(messages), "tools": list(tools or ()), "stream": False})
        except BadRequest as error:
            raise AgentError(f"the agent asked its model in a way that cannot be passed on: {error}") from None
        return dict((await self.answer(request)).message)

    async def answer(self, request: Request, reached: Callable[[], Awaitable[bool]] | None = None) -> Answer:
        """Asks the model. `reached` tells afterwards whether the agent is still there to receive the answer: else it is no step.

        Raises LimitReached, InfraError, BudgetSpent, AgentError.
        """
        if self._target is None:
            raise AgentError("this trial has no model")
        await self._admit()
        turn = self._meter.begin(streamed=request.stream)
        try:
            answer = await self._ask(self._target, request, turn)
            is_step = reached is None or await reached()
            self._meter.end(turn, usage=answer.usage, answered=True, is_step=is_step)
        except CallFailed as failed:
            self._meter.end(turn, error=f"{failed.kind}: {failed}")
            raise await self._blame(self._target, failed) from None
        except BaseException as error:
            self._meter.end(turn, error=type(error).__name__)
            raise
        finally:
            self._in_flight -= 1
            self._ended.set()
            self._ended = anyio.Event()
        return answer

    @asynccontextmanager
    async def serve(
        self, listener: socket.socket, url: str, offers: Offers | None = None, token: str | None = None
    ) -> AsyncIterator[None]:
        """Serves HTTP on the listening socket, which stays the caller's: `/v1/...`, `/files/NAME` and `/services/NAME/...`.

        `url` is the listener's base address as the agent sees it. With a `token`, `Authorization: Bearer` must carry it.
        """
        from mldevbench.gateway.face import serve

        self.url = url
        async with serve(self, listener, offers or Offers(), token):
            yield

    async def _admit(self) -> None:
        """Waits for a place, so that calls side by side cannot overshoot `max_steps`. Raises LimitReached."""
        while True:
            if self.fault is not None:
                raise self.fault
            reached = self.limit or self._used_up()
            if reached is not None:
                self.close_for(reached)
                raise LimitReached(reached)
            steps_left = MOST_IN_FLIGHT if self._limits.max_steps is None else self._limits.max_steps - self.usage.steps
            if self._in_flight < min(MOST_IN_FLIGHT, steps_left):
                self._in_flight += 1
                return
            await self._ended.wait()

    def _used_up(self) -> StopReason | None:
        usage, limits = self.usage, self._limits
        if limits.max_steps is not None and usage.steps >= limits.max_steps:
            return StopReason.MAX_STEPS
        if limits.max_tokens is not None and usage.tokens_in + usage.tokens_out >= limits.max_tokens:
            return StopReason.MAX_TOKENS
        if limits.max_cost_usd is not None and usage.cost_usd is not None and usage.cost_usd >= limits.max_cost_usd:
            return StopReason.MAX_COST
        return None

    async def _ask(self, target: Target, request: Request, turn: Turn, more: int | None = None) -> Answer:
        how: dict[str, Any] = {"door": self.id, "turn": turn, "clock": self._clock, "excused": self._excused}
        try:
            with self._clock.model():
                return await self._upstream.ask(target, request, {"seed": self._seed}, more=more, **how)
        except BudgetSpent as spent:
            self.fault = self.fault or spent
            self._closed.set()
            raise

    async def _blame(self, target: Target, failed: CallFailed) -> MLDevBenchError:
        """Whose fault a failed call is. An agent must not be able to make one that looks like the provider's."""
        if failed.kind == "refused":
            return AgentError(f"{self.name} refused the request: {failed}")
        kind: str = failed.kind
        if not failed.certain:
            other = await self._failure_of_a_plain_call(target)
            if other is None:
                # Or else requests that nobody could answer would stop the clock for as long as they are sent.
                self._excused = self._excused and failed.kind == "rejected"
                return AgentError(f"{self.name} cannot answer this request, though it answers others: {failed}")
            kind = next((k for k in (failed.kind, other.kind) if k.startswith("provider_")), "provider_down")
        self.fault = self.fault or InfraError(kind, f"{self.name}: {failed}")
        self._closed.set()
        return self.fault

    async def _failure_of_a_plain_call(self, target: Target) -> CallFailed | None:
        """What becomes of a tiny request that the agent had no part in, None when it is answered: a call, but no step."""
        turn = self._meter.begin(streamed=False)
        turn.notes.append("the gateway's own check")
        request = Request.parse({"messages": [{"role": "user", "content": "Say ok."}], "max_tokens": 16})
        try:
            answer = await self._ask(target, request, turn, more=1)
        except CallFailed as failed:
            self._meter.end(turn, error=f"{failed.kind}: {failed}")
            return failed
        except BaseException as error:
            self._meter.end(turn, error=type(error).__name__)
            raise
        self._meter.end(turn, usage=answer.usage, answered=True)
        return None

    # What litellm's hooks call.

    def on_answer(self, response: Any) -> None:
        self._meter.on_answer(response)

    def choose(self, messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> Action:
        if self._policy is None or self._script is None:
            return next_action(None, "noop", messages, tools)
        play = self._policy.play(task=self._script.task, paper_row=self._script.paper_row, seed=self._seed)
        return next_action(self._script, play, messages, tools)
