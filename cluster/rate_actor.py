"""Model rates shared across the cluster: one named actor grants the calls that each provider account may have in flight."""

from __future__ import annotations

from typing import Any

import ray

from mldevbench.gateway.rates import LocalRateGate, RateLease, Status


class RateActor:
    """A `LocalRateGate` for every gateway of the sweep. A lease whose holder died expires."""

    def __init__(self) -> None:
        self._gate = LocalRateGate()

    async def acquire(self, provider: str) -> RateLease:
        return await self._gate.acquire(provider)

    async def report(self, lease: RateLease, status: Status, retry_after_s: float | None) -> None:
        await self._gate.report(lease, status=status, retry_after_s=retry_after_s)


class RemoteRateGate:
    """The rate actor as a gateway sees it (`mldevbench.gateway.RateGate`)."""

    def __init__(self, actor: Any) -> None:
        self._actor = actor

    async def acquire(self, provider: str) -> RateLease:
        lease: RateLease = await self._actor.acquire.remote(provider)
        return lease

    async def report(self, lease: RateLease, *, status: Status, retry_after_s: float | None) -> None:
        await self._actor.report.remote(lease, status, retry_after_s)


def start_rate_actor() -> Any:
    """Lives as long as the driver that asked for it; holds no resource of Ray's."""
    return ray.remote(RateActor).options(num_cpus=0, max_restarts=3, max_concurrency=10_000).remote()
