"""The gateway of a process: it holds the keys, and opens a door for each trial."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType

import anyio.to_thread

from mldevbench.clock import TrialClock
from mldevbench.gateway.door import Door
from mldevbench.gateway.estimates import Estimator
from mldevbench.gateway.leases import RateGate
from mldevbench.gateway.lite import load
from mldevbench.gateway.models import resolve
from mldevbench.gateway.prices import Price
from mldevbench.gateway.rates import LocalRateGate
from mldevbench.gateway.scripted.script import Script
from mldevbench.gateway.upstream import Retries, Upstream
from mldevbench.redact import Secrets
from mldevbench.spec import Limits, Named


class Gateway:
    """One a process, as an async context manager. Keys live only here.

    `keys` maps environment variable names (`OPENAI_API_KEY`) to secrets, `prices` model names to prices that go before litellm's,
    `api_bases` providers to base addresses. `secrets` knows the keys and the credentials in addresses: nothing that comes from a
    provider leaves the gateway with one of them in it.
    """

    def __init__(
        self,
        *,
        keys: Mapping[str, str] | None = None,
        prices: Mapping[str, Price] | None = None,
        rates: RateGate | None = None,
        api_bases: Mapping[str, str] | None = None,
        retries: Retries | None = None,
    ) -> None:
        self._prices = dict(prices or {})
        keys, api_bases = dict(keys or {}), dict(api_bases or {})
        self.secrets = Secrets.of(keys, api_bases)
        estimator = Estimator(self._prices)
        self._upstream = Upstream(keys, api_bases, self.secrets, rates or LocalRateGate(), estimator, retries or Retries())
        self._loaded = False
        self._lock = anyio.Lock()

    async def __aenter__(self) -> Gateway:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._loaded:
            # litellm keeps connections to providers open, bound to this event loop.
            litellm = load()
            with anyio.move_on_after(5, shield=True):
                await litellm.close_litellm_async_clients()
            litellm.in_memory_llm_clients_cache.flush_cache()

    @asynccontextmanager
    async def open_door(
        self, *, trial: str, model: Named | None, limits: Limits, seed: int, clock: TrialClock, script: Script | None = None
    ) -> AsyncIterator[Door]:
        """The door of one attempt of a trial; without a model it serves files only. It can still be read when it is closed."""
        if model is not None:
            await self.load()
        target = resolve(model) if model else None
        door = Door(
            self._upstream, self._prices, model=model, target=target, limits=limits, seed=seed, clock=clock, script=script
        )
        if model is not None:
            from mldevbench.gateway import hooks

            hooks.register(door)
        try:
            yield door
        finally:
            with anyio.CancelScope(shield=True):
                await door.settled()

    async def load(self) -> None:
        """Imports litellm, which takes seconds: before a trial's clock runs, and while other trials of this process go on."""
        async with self._lock:
            if not self._loaded:
                await anyio.to_thread.run_sync(_install, abandon_on_cancel=True)
                self._loaded = True


def _install() -> None:
    from mldevbench.gateway import hooks

    hooks.install()
