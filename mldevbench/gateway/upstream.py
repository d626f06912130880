"""Calls to providers: keys, rate leases and retries. What goes wrong comes out as `CallFailed`, and nothing with a key in it."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import anyio

from mldevbench.clock import TrialClock
from mldevbench.gateway.estimates import Estimator
from mldevbench.gateway.faults import CallFailed, Malformed, classify
from mldevbench.gateway.leases import FAILED, UNKNOWN, RateGate, RateLease, Status, Used
from mldevbench.gateway.lite import load
from mldevbench.gateway.meter import Turn
from mldevbench.gateway.models import Target
from mldevbench.gateway.request import Request
from mldevbench.gateway.streamed import hide_in_deltas
from mldevbench.redact import Secrets

_GRACE_S = 5.0
_MESSAGE_KEYS = ("content", "tool_calls", "reasoning_content", "thinking_blocks")


@dataclass(frozen=True, slots=True)
class Retries:
    """How often and how long a call is tried again: at most `more` times, pausing `first_pause_s`, then twice as long each time.

    A provider's Retry-After is obeyed up to `longest_wait_s`; one that asks for more is not waited for. One try may take
    `timeout_s`.
    """

    more: int = 6
    first_pause_s: float = 1.0
    longest_pause_s: float = 30.0
    longest_wait_s: float = 300.0
    timeout_s: float = 600.0

    def pause_s(self, retry: int) -> float:
        """Before this retry (from 1), spread by a quarter so that neighbours do not come back in step."""
        return min(self.longest_pause_s, self.first_pause_s * 2.0 ** (retry - 1)) * random.uniform(0.75, 1.25)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer: as one message, or (when it was streamed) as the deltas of its chunks. `usage` is a litellm `Usage`."""

    message: Mapping[str, Any]
    finish_reason: str
    usage: Any
    deltas: tuple[Mapping[str, Any], ...] = ()


class Upstream:
    """The providers, with the keys for them (environment variable name -> secret)."""

    def __init__(
        self,
        keys: Mapping[str, str],
        api_bases: Mapping[str, str],
        secrets: Secrets,
        rates: RateGate,
        estimator: Estimator,
        retries: Retries,
    ) -> None:
        self._keys = keys
        self._api_bases = api_bases
        self._secrets = secrets
        self._rates = rates
        self._estimator = estimator
        self._retries = retries
        self._fits: dict[tuple[str, str, str], bool] = {}

    async def ask(
        self,
        target: Target,
        request: Request,
        extra: Mapping[str, Any],
        *,
        door: str,
        turn: Turn,
        clock: TrialClock,
        more: int | None = None,
        excused: bool = True,
    ) -> Answer:
        """One answer, tried up to `more` times again; `excused`: while the provider fails, the clock stands. Raises CallFailed.

        A stream is read to its end here, so that one which breaks in the middle can be tried again unseen.
        """
        call = self._arguments(target, request, extra, turn) | {"metadata": {"door": door}}
        retries = self._retries.more if more is None else more
        for retry in range(retries + 1):
            turn.retries = retry
            try:
                return await self._once(target, call, turn, clock, excused)
            except CallFailed as failed:
                if (failed.retry_after_s or 0) > self._retries.longest_wait_s:
                    failed.certain, failed.retry = True, False
                if not failed.retry or retry == retries:
                    raise failed from None
                turn.notes.append(f"try {retry + 1}: {failed.kind}: {failed}")
                pause_s = max(self._retries.pause_s(retry + 1), failed.retry_after_s or 0)
                if failed.kind == "provider_rate":
                    pause_s = 0.0  # the rate gate is what holds the next try back
            await _wait(anyio.sleep(pause_s), turn, clock if excused else TrialClock())
        raise AssertionError("unreachable")

    async def _once(self, target: Target, call: Mapping[str, Any], turn: Turn, clock: TrialClock, excused: bool) -> Answer:
        lease = await self._lease(target, call, turn, clock)
        status: Status = "error"
        used = UNKNOWN  # as it stays when the call is cancelled: the provider may bill it
        failed: CallFailed | None = None
        started = time.monotonic()
        try:
            longest_s = self._retries.timeout_s + _GRACE_S
            with anyio.move_on_after(longest_s):
                answer = self._clean(await _call(call))
                status, used = "ok", self._estimator.used(target, answer.usage)
                return answer
            raise Malformed(f"no whole answer came within {longest_s:g} s")
        except Exception as error:
            failed, used = classify(error, self._secrets), FAILED
            if excused and failed.kind.startswith("provider_"):
                lost_s = time.monotonic() - started
                clock.excuse(lost_s)
                turn.waited_s += lost_s
            status = "limited" if failed.kind == "provider_rate" else "error"
            raise failed from None
        finally:
            if lease is not None:
                await self._report(lease, status, used, failed.retry_after_s if failed else None)

    async def _lease(self, target: Target, call: Mapping[str, Any], turn: Turn, clock: TrialClock) -> RateLease | None:
        """None for a scripted model, unless it costs something that somebody counts. Raises BudgetSpent."""
        if target.scripted and not (self._rates.has_budget and self._estimator.priced(target)):
            return None
        lease: RateLease = await _wait(self._rates.acquire(self._account(target), self._estimator.of(target, call)), turn, clock)
        return lease

    def _clean(self, answer: Answer) -> Answer:
        """What a provider (or a proxy before it) says of our key must not reach the agent, nor the record."""
        message, finish = self._secrets.hide(answer.message), self._secrets.hide(answer.finish_reason)
        return replace(answer, message=message, finish_reason=finish, deltas=hide_in_deltas(answer.deltas, self._secrets))

    async def _report(self, lease: RateLease, status: Status, used: Used, retry_after_s: float | None) -> None:
        with anyio.move_on_after(_GRACE_S, shield=True):
            await self._rates.report(lease, status, used, retry_after_s)

    def _account(self, target: Target) -> str:
        """The provider and a fingerprint of the key, for limits hold for an account."""
        secrets = "\0".join(target.credentials(self._keys).values())
        return f"{target.provider}:{hashlib.sha256(secrets.encode()).hexdigest()[:8]}"

    def _arguments(self, target: Target, request: Request, extra: Mapping[str, Any], turn: Turn) -> dict[str, Any]:
        if target.needs_user_message:
            request = request.with_user_message()
        turn.notes.extend(request.notes)
        call: dict[str, Any] = {"model": target.name, "messages": list(request.messages), "timeout": self._retries.timeout_s}
        call |= {"num_retries": 0, "max_retries": 0, "drop_params": True, **target.credentials(self._keys)}
        if request.tools:
            call["tools"] = list(request.tools)
        if request.stream:
            call |= {"stream": True, "stream_options": {"include_usage": True}}
        if target.provider in self._api_bases:
            call["api_base"] = self._api_bases[target.provider]
            call.setdefault("api_key", "none")
        if target.scripted:
            return call
        for name, value in {**dict(request.params), **extra, **dict(target.args)}.items():
            if self._fits_model(target, name, value):
                call[name] = value
            else:
                turn.notes.append(f"dropped {name}")
        return call

    def _fits_model(self, target: Target, name: str, value: Any) -> bool:
        """Whether litellm passes this parameter on to this model: if not, its arguments are the same with and without."""
        key = (target.name, name, repr(value))
        if name in ("tool_choice", "parallel_tool_calls", "response_format"):
            return True  # these depend on the tools of the request, and litellm's own drop_params has the last word
        if key not in self._fits:
            load()
            from litellm.utils import get_optional_params

            model: dict[str, Any] = {"model": target.bare, "custom_llm_provider": target.provider, "drop_params": True}
            try:
                self._fits[key] = get_optional_params(**model, **{name: value}) != get_optional_params(**model)
            except Exception as error:
                raise classify(error, self._secrets) from None
        return self._fits[key]


async def _wait(waiting: Any, turn: Turn, clock: TrialClock) -> Any:
    """Awaits something that is no part of the trial's time."""
    start = anyio.current_time()
    try:
        with clock.waiting():
            return await waiting
    finally:
        turn.waited_s += anyio.current_time() - start


async def _call(call: Mapping[str, Any]) -> Answer:
    response: Any = await load().acompletion(**call)
    if call.get("stream"):
        return await _read_stream(response)
    if not response.choices or response.choices[0].message is None:
        raise Malformed("the provider's answer has no choices")
    message = response.choices[0].message.model_dump(exclude_none=True)
    clean = {"role": "assistant", "content": None} | {k: message[k] for k in _MESSAGE_KEYS if message.get(k) is not None}
    return Answer(clean, response.choices[0].finish_reason or "stop", response.usage)


async def _read_stream(stream: Any) -> Answer:
    deltas: list[Mapping[str, Any]] = []
    usage = None
    async for chunk in stream:
        usage = getattr(chunk, "usage", None) or usage
        for choice in chunk.choices[:1]:
            delta = choice.delta.model_dump(exclude_none=True)
            delta = {k: v for k, v in delta.items() if k in _MESSAGE_KEYS}
            if delta:
                deltas.append(delta)
    # litellm ends a stream that just stopped with a finish of its own making.
    finish = stream.received_finish_reason or stream.intermittent_finish_reason
    if finish is None:
        raise Malformed("the provider's stream ended too early")
    counted = any(getattr(chunk, "usage", None) for chunk in stream.chunks)  # else litellm makes the counts up
    return Answer({}, str(finish), usage if counted else None, tuple(deltas))
