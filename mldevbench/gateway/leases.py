"""The right to one call of a model: what is asked for, granted and reported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Status = Literal["ok", "limited", "error", "unused"]
"""`unused`: the call was never made."""


@dataclass(frozen=True, slots=True)
class RateLimits:
    """What a provider allows an account, where the user says so: calls and tokens a minute."""

    rpm: float | None = None
    tpm: float | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a call may take: tokens in and out, and US dollars."""

    tokens: int = 0
    usd: float = 0.0


NOTHING = Estimate()


@dataclass(frozen=True, slots=True)
class Used:
    """What a call has taken. None where that is not known: its estimate stands then."""

    tokens: int | None = None
    usd: float | None = None


FAILED = Used(0, 0.0)
"""A call without an answer."""
UNKNOWN = Used()


@dataclass(frozen=True, slots=True)
class RateLease:
    """The right to one call to `account`, a provider and an account of it. `epoch` counts the cuts that came before."""

    account: str
    id: str
    epoch: int
    estimate: Estimate


class RateGate(Protocol):
    """Who grants calls. `has_budget`: also whether they can be paid."""

    @property
    def has_budget(self) -> bool: ...

    async def acquire(self, account: str, estimate: Estimate) -> RateLease:
        """Waits for its turn. Cancelling the wait leaves nothing behind. Raises BudgetSpent."""
        ...

    async def report(self, lease: RateLease, status: Status, used: Used, retry_after_s: float | None = None) -> None: ...
