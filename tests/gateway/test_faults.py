"""What goes wrong between the gateway and a provider, and whose fault it is."""

from __future__ import annotations

import logging
import traceback
from typing import get_args

import anyio
import pytest

from mldevbench.clock import TrialClock
from mldevbench.gateway import Retries
from mldevbench.outcome import AgentError, InfraError
from tests.gateway.conftest import KEY, OpenDoor
from tests.gateway.provider_server import CONTEXT_ERROR, Fault, Provider, Reply, provider_server

pytestmark = pytest.mark.anyio

USER = [{"role": "user", "content": "hello"}]
MODELS = ["openai/m", "anthropic/claude-sonnet-4-5"]
DOWN = [
    Reply(status=500),
    Reply(status=503),
    Reply(status=529),
    *(Reply(fault=fault) for fault in get_args(Fault) if fault not in ("hang", "redirect")),
]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("reply", DOWN, ids=lambda r: r.fault or r.status)
async def test_a_passing_fault_is_retried_and_one_that_stays_is_infrastructure(
    open_door: OpenDoor, provider: Provider, model: str, reply: Reply
) -> None:
    provider.replies = [reply]
    async with open_door(model) as door:
        assert (await door.complete(USER))["content"] == "fine"
        assert door.calls[0].retries == 1
        assert len(provider.requests) == 2, "nothing is sent again unseen"
        assert any(note.startswith("try 1: ") for note in door.calls[0].notes)
        assert door.usage.steps == 1
        provider.default = reply
        with pytest.raises(InfraError) as raised:
            await door.complete(USER)
        assert raised.value.kind == "provider_down"
        assert door.fault is raised.value
        assert door.usage.steps == 1
        asked = len(provider.requests)
        with pytest.raises(InfraError):
            await door.complete(USER)
        assert len(provider.requests) == asked, "a door that failed for good asks no more"


async def test_a_provider_that_hangs_is_down(open_door: OpenDoor, provider: Provider) -> None:
    provider.default = Reply(fault="hang")
    async with open_door(retries=Retries(more=1, first_pause_s=0.01, timeout_s=0.2)) as door:
        with pytest.raises(InfraError) as raised:
            await door.complete(USER)
    assert raised.value.kind == "provider_down"
    assert door.calls[0].waited_s >= 0.4


@pytest.mark.parametrize("model", MODELS)
async def test_a_redirect_takes_no_key_along(open_door: OpenDoor, provider: Provider, model: str) -> None:
    provider.replies = [Reply(fault="redirect")]
    with provider_server() as elsewhere:
        provider.elsewhere = elsewhere.url
        async with open_door(model) as door:
            assert (await door.complete(USER))["content"] == "fine"
    assert not any(request["_key"] for request in elsewhere.requests)


@pytest.mark.parametrize("model", MODELS)
async def test_too_many_requests_are_waited_for_as_the_provider_asks(open_door: OpenDoor, provider: Provider, model: str) -> None:
    provider.replies = [Reply(status=429, headers={"retry-after": "0.2"})]
    clock = TrialClock()
    async with open_door(model, clock=clock) as door:
        await door.complete(USER)
    assert door.calls[0].retries == 1
    assert door.calls[0].waited_s >= 0.19
    assert clock.waited_s >= 0.19
    assert door.usage.waited_s == door.calls[0].waited_s


async def test_a_limit_that_does_not_end_is_infrastructure(open_door: OpenDoor, provider: Provider) -> None:
    provider.default = Reply(status=429, headers={"retry-after": "0"})
    async with open_door() as door:
        with pytest.raises(InfraError) as raised:
            await door.complete(USER)
    assert raised.value.kind == "provider_rate"
    assert len(provider.requests) == 3 + 2, "three tries, and two of the gateway's own check"


async def test_a_wait_of_hours_is_not_waited_for(open_door: OpenDoor, provider: Provider) -> None:
    provider.default = Reply(status=429, headers={"retry-after": "4000"})
    async with open_door() as door:
        with pytest.raises(InfraError) as raised:
            await door.complete(USER)
    assert raised.value.kind == "provider_rate"
    assert len(provider.requests) == 1


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("status", [401, 403])
async def test_a_bad_key_is_told_at_once_and_never_shown(
    open_door: OpenDoor, provider: Provider, caplog: pytest.LogCaptureFixture, model: str, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    provider.default = Reply(status=status, error={"message": f"Incorrect API key provided: {KEY}.", "type": "auth"})
    async with open_door(model) as door:
        with pytest.raises(InfraError) as raised:
            await door.complete(USER)
    assert raised.value.kind == "provider_auth"
    assert len(provider.requests) == 1
    shown = "".join(traceback.format_exception(raised.value)) + repr(door.calls) + repr(vars(raised.value)) + caplog.text
    assert KEY not in shown


@pytest.mark.parametrize("model", MODELS)
async def test_a_context_that_is_too_long_is_the_agents_affair(open_door: OpenDoor, provider: Provider, model: str) -> None:
    provider.default = Reply(status=400, error=CONTEXT_ERROR)
    async with open_door(model) as door:
        with pytest.raises(AgentError, match="context length"):
            await door.complete(USER)
    assert door.fault is None
    assert len(provider.requests) == 1


@pytest.mark.parametrize("status", [400, 404, 429, 500])
async def test_an_agent_cannot_make_its_own_failure_look_like_the_providers(
    open_door: OpenDoor, provider: Provider, status: int
) -> None:
    """The provider stumbles over one agent's request only: the gateway asks for itself, is answered, and knows."""

    def reply(body: dict[str, object]) -> Reply:
        return Reply(status=status) if "poison" in str(body["messages"]) else Reply()

    provider.default = reply
    async with open_door() as door:
        with pytest.raises(AgentError, match="answers others"):
            await door.complete([{"role": "user", "content": "poison"}])
        assert door.fault is None
        assert (await door.complete(USER))["content"] == "fine"
    assert [c.is_step for c in door.calls] == [False, False, True]
    assert "the gateway's own check" in door.calls[1].notes


async def test_a_rejection_that_every_request_meets_is_infrastructure(open_door: OpenDoor, provider: Provider) -> None:
    provider.default = Reply(status=400, error={"message": "Your credit balance is too low.", "type": "invalid_request_error"})
    async with open_door() as door:
        with pytest.raises(InfraError, match="credit balance"):
            await door.complete(USER)


async def test_a_cancelled_call_is_recorded_and_frees_its_place(open_door: OpenDoor, provider: Provider) -> None:
    provider.replies = [Reply(fault="hang")]
    async with open_door() as door:
        with anyio.move_on_after(0.2):
            await door.complete(USER)
        assert (await door.complete(USER))["content"] == "fine"
    assert [c.error for c in door.calls] == ["CancelledError", None]
