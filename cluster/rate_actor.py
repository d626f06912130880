"""Model rates shared across the cluster: one named actor grants the calls that each provider account may have in flight."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import ray

from cluster.lending import Lending, borrow
from mldevbench.gateway.rates import LocalRateGate, RateLease, Status


class RateActor:
    """A `LocalRateGate` for every gateway of the sweep. A lease whose holder died expires."""

    def __init__(self) -> None:
        self._gate = LocalRateGate()
        self._lending = Lending(self._unused)

    async def acquire(self, request: str, provider: str) -> RateLease | None:
        """The lease has the request's id."""
        lease = await self._lending.lend(request, "", self._gate.acquire(provider))
        return lease and replace(lease, id=request)

    async def report(self, lease: RateLease, status: Status, retry_after_s: float | None) -> None:
        if granted := self._lending.end(lease.id):
            await self._gate.report(granted, status=status, retry_after_s=retry_after_s)

    async def take_back(self, request: str) -> None:
        await self._lending.take_back(request)

    async def _unused(self, lease: RateLease) -> None:
        await self._gate.report(lease, status="error", retry_after_s=None)


class RemoteRateGate:
    """The rate actor as a gateway sees it (`mldevbench.gateway.RateGate`)."""

    def __init__(self, actor: Any) -> None:
        self._actor = actor

    async def acquire(self, provider: str) -> RateLease:
        lease: RateLease = await borrow(
            lambda request: self._actor.acquire.remote(request, provider), self._actor.take_back.remote
        )
        return lease

    async def report(self, lease: RateLease, *, status: Status, retry_after_s: float | None) -> None:
        with suppress(ray.exceptions.RayActorError):  # an answer is worth more than the news of it
            await self._actor.report.remote(lease, status, retry_after_s)


def start_rate_actor() -> Any:
    """Lives as long as the driver that asked for it; holds no resource of Ray's.

    Where it dies it begins anew, with slow start, and whoever waited waits on: no call to a model is made twice by that.
    """
    options = {"num_cpus": 0, "max_restarts": -1, "max_task_retries": -1, "max_concurrency": 10_000}
    return ray.remote(RateActor).options(**options).remote()
