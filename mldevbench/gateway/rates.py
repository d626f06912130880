"""How many calls to one provider account may be in flight: slow start, a cut when the provider says "too many", slow growth.

The state machine (`RateWindow`) takes the time as an argument and waits for nothing, so that one process can use it directly
(`LocalRateGate`) and a cluster can put it behind an actor.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

import anyio

Status = Literal["ok", "limited", "error"]


@dataclass(frozen=True, slots=True)
class RateLease:
    """The right to one call. `epoch` counts the cuts that came before it was granted."""

    provider: str
    id: str
    epoch: int


class RateGate(Protocol):
    """`provider` names a provider and an account of it."""

    async def acquire(self, provider: str) -> RateLease:
        """Waits for its turn. Cancelling the wait leaves nothing behind."""
        ...

    async def report(self, lease: RateLease, *, status: Status, retry_after_s: float | None) -> None: ...


@dataclass(slots=True)
class RateWindow:
    """The calls that one account may have in flight.

    The window doubles after each clean round until the first cut, then grows by one a round. A round is as many answers as
    the window is wide; it is clean without a "limited", and counts only when the window was full at some time (saturated):
    an idle client learns nothing of the provider's limit. "limited" halves the window, once for all calls granted before the
    cut, and nothing is granted until the provider's Retry-After (or a doubling pause) is over. Leases expire after `lease_s`
    unreported.
    """

    provider: str
    size: int = 4
    largest: int = 512
    lease_s: float = 3600.0
    first_pause_s: float = 1.0
    longest_pause_s: float = 60.0
    open_at: float = 0.0
    _epoch: int = 0
    _ids: int = 0
    _limited_in_a_row: int = 0
    _answers: int = 0
    _saturated: bool = False
    _granted: dict[str, float] = field(default_factory=dict)

    @property
    def in_flight(self) -> int:
        return len(self._granted)

    def grant(self, now: float) -> RateLease | None:
        self._granted = {i: at for i, at in self._granted.items() if now - at < self.lease_s}
        if now < self.open_at:
            return None
        if self.in_flight >= self.size:
            self._saturated = True
            return None
        self._ids += 1
        lease = RateLease(self.provider, str(self._ids), self._epoch)
        self._granted[lease.id] = now
        self._saturated = self._saturated or self.in_flight >= self.size
        return lease

    def report(self, lease: RateLease, status: Status, retry_after_s: float | None, now: float) -> None:
        if self._granted.pop(lease.id, None) is None:
            return  # expired, or reported twice
        if status == "limited":
            self._cut(lease, retry_after_s, now)
        elif status == "ok" and lease.epoch == self._epoch:
            self._limited_in_a_row = 0
            self._answers += 1
            if self._answers >= self.size:
                self._end_round()

    def _cut(self, lease: RateLease, retry_after_s: float | None, now: float) -> None:
        if lease.epoch == self._epoch:
            self._epoch += 1
            self._limited_in_a_row += 1
            self.size = max(1, self.size // 2)
            self._answers, self._saturated = 0, False
        doubling = min(self.longest_pause_s, self.first_pause_s * 2.0 ** (self._limited_in_a_row - 1))
        self.open_at = max(self.open_at, now + (doubling if retry_after_s is None else retry_after_s))

    def _end_round(self) -> None:
        if self._saturated:
            self.size = min(self.largest, self.size * 2 if self._epoch == 0 else self.size + 1)
        self._answers, self._saturated = 0, False


class LocalRateGate:
    """Rate windows of one process. `clock` gives seconds (anyio's by default)."""

    def __init__(self, clock: Callable[[], float] = anyio.current_time, *, first_pause_s: float = 1.0) -> None:
        self._clock = clock
        self._first_pause_s = first_pause_s
        self._windows: dict[str, RateWindow] = {}
        self._changed = anyio.Event()

    def window(self, provider: str) -> RateWindow:
        return self._windows.setdefault(provider, RateWindow(provider, first_pause_s=self._first_pause_s))

    async def acquire(self, provider: str) -> RateLease:
        window = self.window(provider)
        while (lease := window.grant(self._clock())) is None:
            # Woken by a report, else when the pause (or the life of a lost lease) can be over.
            closed_s = window.open_at - self._clock()
            with anyio.move_on_after(closed_s if closed_s > 0 else window.lease_s):
                await self._changed.wait()
        return lease

    async def report(self, lease: RateLease, *, status: Status, retry_after_s: float | None) -> None:
        self.window(lease.provider).report(lease, status, retry_after_s, self._clock())
        self._changed.set()
        self._changed = anyio.Event()
