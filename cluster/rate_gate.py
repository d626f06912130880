"""The rate actor as a gateway sees it: many callers of a process, one request on its way at a time."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import anyio
import ray

from cluster.rate_actor import Report
from mldevbench.gateway.leases import FAILED, Estimate, RateLease, Status, Used
from mldevbench.outcome import BudgetSpent

AGAIN_S = 1.0


@dataclass(slots=True, eq=False)
class _Waiter:
    estimate: Estimate
    lease: RateLease | None = None
    refusal: str | None = None
    done: anyio.Event = field(default_factory=anyio.Event)


class RemoteRateGate:
    """Satisfies `mldevbench.gateway.RateGate`. Grants nothing unless `serve` runs.

    Cancelling the wait for a Ray call does not end the call. So nobody who may be cancelled waits for one: `serve` asks, account
    by account, for as many leases as there are callers, and reports what it gets for callers that have gone.
    """

    def __init__(self, actor: Any, holder: str, *, has_budget: bool = False) -> None:
        self.has_budget = has_budget
        self._actor, self._holder = actor, holder
        self._waiting: defaultdict[str, list[_Waiter]] = defaultdict(list)
        self._asking: set[str] = set()
        self._reports: list[Report] = []
        self._changed = anyio.Event()

    async def acquire(self, account: str, estimate: Estimate) -> RateLease:
        me = _Waiter(estimate)
        self._waiting[account].append(me)
        self._wake()
        try:
            await me.done.wait()
        except BaseException:
            if me in self._waiting[account]:
                self._waiting[account].remove(me)
            if me.lease is not None:
                self._give_back(me.lease)
            raise
        if me.lease is None:
            raise BudgetSpent(me.refusal)
        return me.lease

    async def report(self, lease: RateLease, status: Status, used: Used, retry_after_s: float | None = None) -> None:
        """Returns at once: an answer is worth more than the news of it."""
        self._reports.append(Report(lease, status, used, retry_after_s))
        self._wake()

    async def serve(self) -> None:
        """Runs until it is cancelled."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._tell)
            while True:
                for account in [a for a, waiting in self._waiting.items() if waiting and a not in self._asking]:
                    self._asking.add(account)
                    tasks.start_soon(self._ask, account)
                await self._changed.wait()

    async def _ask(self, account: str) -> None:
        """One request after another, until nobody waits any more."""
        while asked := list(self._waiting[account]):
            try:
                answer = await self._actor.acquire.remote(self._holder, account, [each.estimate for each in asked])
            except ray.exceptions.RayActorError:  # Ray starts it again, unless the sweep is over
                await anyio.sleep(AGAIN_S)
                continue
            if isinstance(answer, str):
                self._hand(account, asked[0], None, answer)
                continue
            for waiter, lease in zip(asked, answer, strict=False):
                self._hand(account, waiter, lease, None)
        self._asking.discard(account)

    def _hand(self, account: str, waiter: _Waiter, lease: RateLease | None, refusal: str | None) -> None:
        """To whom it was asked for; a lease for one who has gone meanwhile to the first for whom it is large enough, or back."""
        waiting = self._waiting[account]
        if waiter not in waiting:
            if lease is None:
                return
            fitting = [w for w in waiting if w.estimate.usd <= lease.estimate.usd and w.estimate.tokens <= lease.estimate.tokens]
            if not fitting:
                self._give_back(lease)
                return
            waiter = fitting[0]
        waiting.remove(waiter)
        waiter.lease, waiter.refusal = lease, refusal
        waiter.done.set()

    def _give_back(self, lease: RateLease) -> None:
        self._reports.append(Report(lease, "unused", FAILED))
        self._wake()

    async def _tell(self) -> None:
        while True:
            if reports := self._reports:
                self._reports = []
                with suppress(ray.exceptions.RayActorError):
                    await self._actor.report.remote(reports)
            else:
                await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()
