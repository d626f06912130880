"""Calls as a function, to real litellm providers: answers, metering, prices, parameters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mldevbench.gateway import Price
from mldevbench.outcome import AgentError
from mldevbench.spec import Limits
from tests.gateway.conftest import KEY, OpenDoor
from tests.gateway.provider_server import Provider, Reply

pytestmark = pytest.mark.anyio

USER = [{"role": "user", "content": "hello"}]
TOOL = {"type": "function", "function": {"name": "shell", "parameters": {"type": "object", "properties": {}}}}


@pytest.mark.parametrize("model", ["openai/m", "anthropic/claude-sonnet-4-5"])
async def test_an_answer_with_tool_calls(open_door: OpenDoor, provider: Provider, model: str) -> None:
    provider.replies = [Reply(text="I look.", tools=(("shell", {"command": "ls"}), ("shell", {"command": "pwd"})))]
    async with open_door(model) as door:
        answer = await door.complete(USER, tools=[TOOL])
    assert answer["role"] == "assistant"
    assert answer["content"] == "I look."
    assert [c["function"]["name"] for c in answer["tool_calls"]] == ["shell", "shell"]
    assert '"pwd"' in answer["tool_calls"][1]["function"]["arguments"]
    assert provider.requests[0]["_key"] in (KEY, f"Bearer {KEY}")


@pytest.mark.parametrize("model", ["openai/m", "anthropic/claude-sonnet-4-5"])
async def test_litellms_callbacks_count_what_the_gateway_counts(open_door: OpenDoor, provider: Provider, model: str) -> None:
    provider.replies = [Reply(prompt=10, cached=3, completion=7), Reply(status=500), Reply(prompt=1000, cached=0, reasoning=0)]
    async with open_door(model, prices={model: Price(3, 15, 0.3)}) as door:
        await door.complete(USER)
        await door.complete(USER)
    assert (door.usage.steps, door.usage.tokens_in, door.usage.tokens_out, door.usage.tokens_cached) == (2, 1010, 27, 3)
    assert replace(door.usage, waited_s=0.0) == door.callback_usage
    assert [c.retries for c in door.calls] == [0, 1]
    assert sum(c.cost_usd or 0 for c in door.calls) == pytest.approx((1007 * 3 + 3 * 0.3 + 27 * 15) / 1e6)


async def test_a_model_without_a_price_costs_null_and_a_listed_one_what_litellm_says(open_door: OpenDoor) -> None:
    async with open_door("openai/m", limits=Limits(max_cost_usd=0.001)) as door:
        await door.complete(USER)
        await door.complete(USER)
    assert door.usage.cost_usd is None
    assert door.callback_usage.cost_usd is None
    assert door.calls[0].cost_usd is None
    async with open_door("anthropic/claude-sonnet-4-5") as door:
        await door.complete(USER)
    assert door.usage.cost_usd == door.callback_usage.cost_usd == pytest.approx((60 * 3 + 40 * 0.3 + 20 * 15) / 1e6)


async def test_the_models_arguments_and_the_seed_are_passed_on_or_said_to_be_dropped(
    open_door: OpenDoor, provider: Provider
) -> None:
    async with open_door("openai/gpt-4o?temperature=0.25&max_tokens=77", seed=5) as door:
        await door.complete(USER, temperature=1.0, shoe_size=44)
    sent = provider.requests[0]
    assert (sent["temperature"], sent["max_tokens"], sent["seed"], sent["model"]) == (0.25, 77, 5, "gpt-4o")
    assert "shoe_size" not in sent
    assert door.calls[0].notes == ("dropped shoe_size",)
    async with open_door("anthropic/claude-sonnet-4-5?temperature=0.25", seed=5) as door:
        await door.complete(USER)
    assert provider.requests[1]["temperature"] == 0.25
    assert door.calls[0].notes == ("dropped seed",)


async def test_a_lone_system_message_reaches_anthropic_as_a_user_message(open_door: OpenDoor, provider: Provider) -> None:
    async with open_door("anthropic/claude-sonnet-4-5") as door:
        await door.complete([{"role": "system", "content": "Write code."}])
    assert provider.requests[0]["messages"][0]["role"] == "user"
    assert "system message sent as a user message" in door.calls[0].notes


@pytest.mark.parametrize(
    "message",
    [
        "no message",
        {"role": "wizard", "content": "x"},
        {"role": "tool", "content": "no id"},
        {"role": "user", "content": {"x": 1}},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://127.0.0.1:1/secret"}}]},
        {"role": "user", "content": [{"type": "file", "file": {"file_id": "/etc/passwd"}}]},
        {"role": "assistant", "content": None, "tool_calls": [{"id": 1}]},
    ],
)
async def test_messages_that_could_do_harm_are_refused_before_anything_is_sent(
    open_door: OpenDoor, provider: Provider, message: object
) -> None:
    async with open_door() as door:
        with pytest.raises(AgentError, match="cannot be passed on"):
            await door.complete([message])  # type: ignore[list-item]
    assert provider.requests == []


async def test_parameters_that_would_steer_litellm_are_not_passed_on(open_door: OpenDoor, provider: Provider) -> None:
    async with open_door() as door:
        await door.complete(USER, api_base="http://127.0.0.1:1", mock_response="mine", metadata={"door": "x"}, model="gpt-4o")
    assert provider.requests[0]["model"] == "m"
    assert set(door.calls[0].notes) == {"dropped api_base", "dropped mock_response", "dropped metadata"}


async def test_a_lone_surrogate_does_not_break_the_call(open_door: OpenDoor, provider: Provider) -> None:
    async with open_door("anthropic/claude-sonnet-4-5") as door:
        await door.complete([{"role": "user", "content": "odd \ud800 text"}])
    assert provider.requests[0]["messages"][0]["content"][0]["text"] == "odd ? text"
