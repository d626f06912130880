"""Model rates and money shared across the cluster: one actor grants the calls of all gateways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ray

from mldevbench.gateway.budget import Budget
from mldevbench.gateway.leases import Estimate, RateLease, RateLimits, Status, Used
from mldevbench.gateway.rates import LocalRateGate
from mldevbench.outcome import BudgetSpent


@dataclass(frozen=True, slots=True)
class Report:
    """How the call of a lease ended."""

    lease: RateLease
    status: Status
    used: Used
    retry_after_s: float | None = None


class RateActor:
    """A `LocalRateGate` for every gateway of the sweep. A holder is one of their processes."""

    def __init__(self, limits: Mapping[str, RateLimits], budget: Budget | None) -> None:
        self._gate = LocalRateGate(limits=limits, budget=budget)

    async def acquire(self, holder: str, account: str, estimates: Sequence[Estimate]) -> list[RateLease] | str:
        """See `LocalRateGate.acquire_some`; a text is why the budget has nothing for the first of `estimates`."""
        try:
            return await self._gate.acquire_some(holder, account, estimates)
        except BudgetSpent as spent:
            return str(spent)

    async def report(self, reports: Sequence[Report]) -> None:
        for each in reports:
            await self._gate.report(each.lease, each.status, each.used, each.retry_after_s)

    async def forget(self, holder: str) -> None:
        """Takes back what a dead process held or waited for."""
        self._gate.forget(holder)

    async def spent(self, usd: float) -> None:
        """The trials that have ended have cost this much, so no less is spent: an actor that was started anew has to be told."""
        if self._gate.budget:
            self._gate.budget.spent_usd = max(self._gate.budget.spent_usd, usd)

    async def budget(self) -> Budget | None:
        return self._gate.budget


def start_rate_actor(limits: Mapping[str, RateLimits] | None = None, budget: Budget | None = None) -> Any:
    """Lives as long as the driver that asked for it; holds no resource of Ray's.

    Where it dies it begins anew, with slow start, and whoever waited waits on: no call to a model is made twice by that.
    """
    options = {"num_cpus": 0, "max_restarts": -1, "max_task_retries": -1, "max_concurrency": 10_000}
    return ray.remote(RateActor).options(**options).remote(limits or {}, budget)
