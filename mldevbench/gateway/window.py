"""What one provider account is asked for: how many calls at once, and how many a second. Learned from its answers.

The state machine takes the time as an argument and waits for nothing.
"""

from __future__ import annotations

import secrets
from collections import deque
from dataclasses import dataclass, field

from mldevbench.gateway.leases import NOTHING, Estimate, RateLease, RateLimits, Status, Used
from mldevbench.gateway.spacing import Spacing

LEASE_S = 660.0
"""Longer than any call takes (`Retries.timeout_s`): a lease of this age was lost."""
REMEMBERED_S = 60.0
"""The answers of so many seconds say what the provider allows: most limits are counted by the minute."""
LEAST_ROUND = 20, 5.0
"""Answers and seconds of a round, once there was a cut."""
FIRST_STEP, LARGEST_STEP = 0.02, 0.16


@dataclass(slots=True)
class RateWindow:
    """The calls that one account may have in flight (`size`), and their pace.

    The window doubles after each clean round until the first cut. "limited" cuts, once for all calls granted before: the window
    to 7/8 of what was in flight, the pace to a little less than the answers that came a second. Nothing is granted then until the
    provider's Retry-After (or a doubling pause) is over. What is refused again before any answer has come lengthens the pause,
    and cuts no more. Each grows after a clean round in which it kept some call waiting (saturated), by steps that double: an idle
    client learns nothing of the provider's limit. A round is as many answers as the window is wide, later `LEAST_ROUND`; it is
    clean without a "limited". `limits` are never exceeded, whatever is learned.
    """

    account: str
    limits: RateLimits = RateLimits()
    size: int = 4
    largest: int = 512
    lease_s: float = LEASE_S
    first_pause_s: float = 1.0
    longest_pause_s: float = 30.0
    pace: Spacing | None = None
    _closed_until: float = float("-inf")
    _epoch: int = 0
    _reduced: int = 0
    _limited_in_a_row: int = 0
    _step: float = FIRST_STEP
    _round: int = 0
    _round_began: float = 0.0
    _full: bool = False
    _paced: bool = False
    _began: float | None = None
    _answers: deque[float] = field(default_factory=deque)
    _granted: dict[str, tuple[float, str, RateLease]] = field(default_factory=dict)
    _calls: Spacing | None = None
    _tokens: Spacing | None = None

    def __post_init__(self) -> None:
        self._calls = Spacing.per_minute(self.limits.rpm) if self.limits.rpm else None
        self._tokens = Spacing.per_minute(self.limits.tpm) if self.limits.tpm else None

    @property
    def in_flight(self) -> int:
        return len(self._granted)

    def opens_at(self) -> float:
        """When the next call may be granted, if nothing is reported until then."""
        at = max([self._closed_until, *(s.opens_at for s in (self.pace, self._calls, self._tokens) if s is not None)])
        if self.in_flight < self.size:
            return at
        oldest, _, _ = next(iter(self._granted.values()))
        return max(at, oldest + self.lease_s)

    def grant(self, now: float, estimate: Estimate = NOTHING, holder: str = "") -> RateLease | None:
        """The right to a call; None when it must wait."""
        if self.opens_at() > now:
            self._full = self._full or self.in_flight >= self.size
            self._paced = self._paced or (self.pace is not None and self.pace.opens_at > now >= self._closed_until)
            return None
        for spacing in (self.pace, self._calls):
            if spacing is not None:
                spacing.take(now)
        if self._tokens is not None:
            self._tokens.take(now, estimate.tokens)
        self._began = now if self._began is None else self._began
        # Ids of an actor that was started anew must not be those of the one before.
        lease = RateLease(self.account, secrets.token_hex(8), self._epoch, estimate)
        self._granted[lease.id] = now, holder, lease
        self._full = self._full or self.in_flight >= self.size
        return lease

    def report(self, lease: RateLease, status: Status, used: Used, retry_after_s: float | None, now: float) -> bool:
        """Whether the lease was still known: not expired, forgotten, or reported before."""
        in_flight = self.in_flight
        if self._granted.pop(lease.id, None) is None:
            return False
        if self._tokens is not None and used.tokens is not None:
            self._tokens.settle(used.tokens - lease.estimate.tokens)
        if status == "unused":
            for spacing in (self.pace, self._calls):
                if spacing is not None:
                    spacing.settle(-1)
        elif status == "limited":
            self._cut(lease, in_flight, retry_after_s, now)
        elif status == "ok":
            self._answers.append(now)
            self._forget_answers(now)
            if lease.epoch >= self._reduced:
                self._limited_in_a_row = 0
            if lease.epoch == self._epoch:
                self._round += 1
                self._end_round(now)
        return True

    def lost(self, now: float, holder: str | None = None) -> list[RateLease]:
        """Gives up, and returns, the leases of a dead holder; else those that have expired."""
        gone = [
            lease for at, by, lease in self._granted.values() if (now - at >= self.lease_s if holder is None else by == holder)
        ]
        for lease in gone:
            del self._granted[lease.id]
        return gone

    def _cut(self, lease: RateLease, in_flight: int, retry_after_s: float | None, now: float) -> None:
        if lease.epoch == self._epoch:
            self._epoch += 1
            self._limited_in_a_row += 1
            if self._limited_in_a_row == 1:  # the next says nothing new: it came too early
                self.size = max(1, min(self.size, in_flight * 7 // 8))
                self._reduced = self._epoch
                self._step = FIRST_STEP
                per_s = 0.95 * self._answers_per_s(now)
                if per_s > 0:
                    self.pace = Spacing(per_s)
            self._begin_round(now)
        doubling = min(self.longest_pause_s, self.first_pause_s * 2.0 ** min(9, self._limited_in_a_row - 1))
        self._closed_until = max(self._closed_until, now + (doubling if retry_after_s is None else retry_after_s))

    def _answers_per_s(self, now: float) -> float:
        self._forget_answers(now)
        since = min(REMEMBERED_S, now - (self._began or 0.0))
        return len(self._answers) / since if since > 0 else 0.0

    def _forget_answers(self, now: float) -> None:
        while self._answers and self._answers[0] < now - REMEMBERED_S:
            self._answers.popleft()

    def _end_round(self, now: float) -> None:
        answers, seconds = LEAST_ROUND if self._epoch else (self.size, 0.0)
        if self._round < answers or now - self._round_began < seconds:
            return
        if self._full:
            self.size = min(self.largest, self.size + (max(1, int(self.size * self._step)) if self._epoch else self.size))
        if self._paced and self.pace is not None:
            self.pace.per_s *= 1 + self._step
        if self._epoch and (self._full or self._paced):
            self._step = min(LARGEST_STEP, 2 * self._step)
        self._begin_round(now)

    def _begin_round(self, now: float) -> None:
        self._round, self._round_began, self._full, self._paced = 0, now, False, False
