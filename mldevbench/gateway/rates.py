"""Who grants the calls of one process, or of a cluster: windows of the accounts, a budget, and those who wait, in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import anyio

from mldevbench.gateway.budget import Budget
from mldevbench.gateway.leases import UNKNOWN, Estimate, RateLease, RateLimits, Status, Used
from mldevbench.gateway.window import RateWindow


class LocalRateGate:
    """`limits` are those of providers; `clock` gives seconds (anyio's by default). First come, first served."""

    def __init__(
        self,
        clock: Callable[[], float] = anyio.current_time,
        *,
        limits: Mapping[str, RateLimits] | None = None,
        budget: Budget | None = None,
        first_pause_s: float = 1.0,
    ) -> None:
        self.budget = budget
        self._clock = clock
        self._limits = limits or {}
        self._first_pause_s = first_pause_s
        self._windows: dict[str, RateWindow] = {}
        self._turns: defaultdict[str, anyio.Lock] = defaultdict(anyio.Lock)
        self._dead: set[str] = set()
        self._changed = anyio.Event()

    @property
    def has_budget(self) -> bool:
        return self.budget is not None

    def window(self, account: str) -> RateWindow:
        if account not in self._windows:
            limits = self._limits.get(account.partition(":")[0], RateLimits())
            self._windows[account] = RateWindow(account, limits, first_pause_s=self._first_pause_s)
        return self._windows[account]

    async def acquire(self, account: str, estimate: Estimate) -> RateLease:
        return (await self.acquire_some("", account, [estimate]))[0]

    async def acquire_some(self, holder: str, account: str, estimates: Sequence[Estimate]) -> list[RateLease]:
        """Leases for the first of `estimates`: at least one, and as many as can be granted in that moment.

        A dead holder gets none. Raises BudgetSpent when the first of them can never be paid.
        """
        window = self.window(account)
        async with self._turns[account]:
            while holder not in self._dead:
                for lost in window.lost(self._clock()):
                    self._settle(lost, UNKNOWN)
                if leases := self._grant(window, holder, estimates):
                    return leases
                if self.budget:
                    self.budget.check(estimates[0].usd)
                # Woken by a report, else when a pause or a spacing (or the life of a lost lease) can be over.
                left_s = window.opens_at() - self._clock()
                with anyio.move_on_after(left_s if left_s > 0 else window.lease_s):
                    await self._changed.wait()
        return []

    async def report(self, lease: RateLease, status: Status, used: Used, retry_after_s: float | None = None) -> None:
        if self.window(lease.account).report(lease, status, used, retry_after_s, self._clock()):
            self._settle(lease, used)
            self._wake()

    def forget(self, holder: str) -> None:
        """A holder has died: its leases are free, what its calls cost is unknown, and it is granted nothing more."""
        self._dead.add(holder)
        for window in self._windows.values():
            for lease in window.lost(self._clock(), holder):
                self._settle(lease, UNKNOWN)
        self._wake()

    def _grant(self, window: RateWindow, holder: str, estimates: Sequence[Estimate]) -> list[RateLease]:
        leases: list[RateLease] = []
        for estimate in estimates:
            if self.budget and not self.budget.fits(estimate.usd):
                break
            lease = window.grant(self._clock(), estimate, holder)
            if lease is None:
                break
            if self.budget:
                self.budget.reserve(estimate.usd)
            leases.append(lease)
        return leases

    def _settle(self, lease: RateLease, used: Used) -> None:
        if self.budget:
            self.budget.settle(lease, used)

    def _wake(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()
