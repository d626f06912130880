from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from mldevbench.clock import TrialClock
from mldevbench.gateway import Door, Gateway, LocalRateGate, Price, Retries, Script
from mldevbench.spec import Limits, Named
from tests.gateway.provider_server import Provider, provider_server

KEY = "sk-the-secret-of-this-test"
OpenDoor = Callable[..., AbstractAsyncContextManager[Door]]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with provider_server() as provider:
        yield provider


@pytest.fixture
def open_door(provider: Provider) -> OpenDoor:
    """A door of a fresh gateway to the provider on loopback; pauses before retries are short."""

    @asynccontextmanager
    async def open_door(
        model: str | None = "openai/m",
        *,
        limits: Limits | None = None,
        seed: int = 0,
        prices: dict[str, Price] | None = None,
        retries: Retries | None = None,
        script: Script | None = None,
        clock: TrialClock | None = None,
    ) -> AsyncIterator[Door]:
        keys = {"OPENAI_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY}
        bases = {"openai": f"{provider.url}/v1", "anthropic": provider.url}
        retries = retries or Retries(more=2, first_pause_s=0.01, timeout_s=5)
        async with (
            Gateway(
                keys=keys, api_bases=bases, prices=prices, retries=retries, rates=LocalRateGate(first_pause_s=0.01)
            ) as opened,
            opened.open_door(
                trial="t",
                model=Named.parse(model) if model else None,
                limits=limits or Limits(max_steps=None),
                seed=seed,
                clock=clock or TrialClock(),
                script=script,
            ) as door,
        ):
            yield door

    return open_door
