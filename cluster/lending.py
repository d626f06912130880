"""Leases from an actor to callers that may stop waiting.

Cancelling the wait for a Ray call does not end the call: it would be granted something later, for ever. So each request has an id
of the caller's making, by which it can be taken back while it waits, once it is granted, and even before it has come.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import anyio

T = TypeVar("T")


@dataclass(slots=True)
class _Request(Generic[T]):
    holder: str
    waiting: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    granted: T | None = None


class Lending(Generic[T]):
    """The actor's side. `give_back` is awaited for what was granted and is taken back."""

    def __init__(self, give_back: Callable[[T], Awaitable[None]]) -> None:
        self._give_back = give_back
        self._requests: dict[str, _Request[T]] = {}
        self._dead: set[str] = set()

    async def lend(self, request: str, holder: str, acquire: Awaitable[T]) -> T | None:
        """What `acquire` grants; None when the request was taken back meanwhile, and nobody waits for an answer."""
        mine = self._requests.setdefault(request, _Request(holder))
        if holder in self._dead:
            mine.waiting.cancel()
        try:
            with mine.waiting:
                mine.granted = await acquire
        finally:
            if mine.granted is None or mine.waiting.cancel_called:
                del self._requests[request]
        if mine.granted is not None and mine.waiting.cancel_called:  # taken back in the moment in which it was granted
            await self._give_back(mine.granted)
            return None
        return mine.granted

    def end(self, request: str) -> T | None:
        """The request is over: what was granted is the caller's to give back. None when there is nothing."""
        mine = self._requests.get(request)
        if mine is None or mine.granted is None:
            return None
        del self._requests[request]
        return mine.granted

    async def take_back(self, request: str) -> None:
        granted = self.end(request)
        if granted is not None:
            await self._give_back(granted)
        else:
            self._requests.setdefault(request, _Request("")).waiting.cancel()

    async def forget(self, holder: str) -> None:
        """Takes back all that a dead caller held or waited for; what it had sent, and comes only now, is granted nothing."""
        self._dead.add(holder)
        for request in [r for r, mine in self._requests.items() if mine.holder == holder]:
            await self.take_back(request)


async def borrow(call: Callable[[str], Awaitable[Any]], take_back: Callable[[str], object]) -> Any:
    """The caller's side: `call(request)` is awaited; `take_back(request)` is called when the wait is cancelled."""
    request = uuid.uuid4().hex
    try:
        return await call(request)
    except anyio.get_cancelled_exc_class():
        take_back(request)
        raise
