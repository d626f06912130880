"""Anthropic's messages at the door, with the real `anthropic` client, whatever provider stands behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anthropic
import pytest

from mldevbench.gateway import Door
from mldevbench.outcome import StopReason
from mldevbench.spec import Limits
from tests.gateway.conftest import OpenDoor
from tests.gateway.provider_server import CONTEXT_ERROR, Provider, Reply
from tests.gateway.test_face import served

pytestmark = pytest.mark.anyio

MODELS = ("openai/m", "anthropic/claude-sonnet-4-5")
SHELL: Any = {"name": "shell", "description": "runs", "input_schema": {"type": "object", "properties": {"command": {}}}}
ASK: Any = {"model": "anything", "max_tokens": 50, "messages": [{"role": "user", "content": "hello"}]}
CALLS = (("shell", {"command": "ls -la"}), ("shell", {"command": "pwd"}))


@asynccontextmanager
async def client_of(door: Door, token: str | None = None) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with (
        served(door, token=token),
        anthropic.AsyncAnthropic(base_url=door.url, api_key=token or "none", max_retries=5) as client,
    ):
        yield client


def shown(message: anthropic.types.Message) -> list[Any]:
    return [b.text if b.type == "text" else (b.name, b.input) for b in message.content]


@pytest.mark.parametrize("model", MODELS)
async def test_an_answer_and_a_stream_say_the_same(open_door: OpenDoor, provider: Provider, model: str) -> None:
    provider.default = Reply(text="I look around.", tools=CALLS)
    async with open_door(model) as door, client_of(door) as client:
        whole = await client.messages.create(**ASK, tools=[SHELL])
        async with client.messages.stream(**ASK, tools=[SHELL]) as stream:
            texts = [text async for text in stream.text_stream]
            streamed = await stream.get_final_message()
        await door.settled()
    assert shown(whole) == shown(streamed) == ["I look around.", *CALLS]
    assert "".join(texts) == "I look around."
    for message in (whole, streamed):
        assert message.stop_reason == "tool_use"
        assert (message.usage.input_tokens, message.usage.cache_read_input_tokens, message.usage.output_tokens) == (60, 40, 20)
    assert door.usage.steps == door.callback_usage.steps == 2
    assert door.usage.tokens_in == 200


async def test_a_conversation_with_tools_reaches_the_provider_as_it_was_meant(open_door: OpenDoor, provider: Provider) -> None:
    spoken = [{"type": "text", "text": "I look."}]
    uses = [{"type": "tool_use", "id": f"t{i}", "name": n, "input": a} for i, (n, a) in enumerate(CALLS)]
    results = [
        {"type": "tool_result", "tool_use_id": "t0", "content": "a.py"},
        {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "/workspace"}]},
    ]
    messages = [
        *ASK["messages"],
        {"role": "assistant", "content": spoken + uses},
        {"role": "user", "content": [*results, {"type": "text", "text": "go on"}]},
    ]
    ask = ASK | {"messages": messages, "system": [{"type": "text", "text": "be brief"}]}
    extra = {"temperature": 0.25, "top_k": 3}  # which this version of the client no longer offers by name
    choice: Any = {"type": "tool", "name": "shell", "disable_parallel_tool_use": True}
    async with open_door() as door, client_of(door) as client:
        await client.messages.create(**ask, tools=[SHELL], tool_choice=choice, stop_sequences=["END"], extra_body=extra)
    (sent,) = provider.requests
    assert [m["role"] for m in sent["messages"]] == ["system", "user", "assistant", "tool", "tool", "user"]
    assert [c["id"] for c in sent["messages"][2]["tool_calls"]] == ["t0", "t1"]
    assert [m["tool_call_id"] for m in sent["messages"][3:5]] == ["t0", "t1"]
    assert sent["tools"][0]["function"]["parameters"] == SHELL["input_schema"]
    assert sent["tool_choice"] == {"type": "function", "function": {"name": "shell"}}
    assert (sent["parallel_tool_calls"], sent["temperature"], sent["stop"], sent["max_tokens"]) == (False, 0.25, ["END"], 50)
    assert door.calls[0].notes == ("dropped top_k",)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_limit_is_403_which_the_client_does_not_retry(open_door: OpenDoor, provider: Provider, stream: bool) -> None:
    async with open_door(limits=Limits(max_steps=1)) as door, client_of(door) as client:
        await client.messages.create(**ASK)
        with pytest.raises(anthropic.PermissionDeniedError, match="max_steps"):
            await client.messages.create(**ASK, stream=stream)
    assert door.limit == StopReason.MAX_STEPS
    assert door.requests == ("/v1/messages",) * 2


async def test_a_refusal_of_the_provider_is_the_requests_own(open_door: OpenDoor, provider: Provider) -> None:
    provider.replies = [Reply(status=400, error=CONTEXT_ERROR)]
    async with open_door() as door, client_of(door) as client:
        with pytest.raises(anthropic.BadRequestError, match="context length"):
            await client.messages.create(**ASK)
    assert door.fault is None


IMAGE = {"type": "image", "source": {"type": "url", "url": "http://127.0.0.1:1/x.png"}}
RESULT = {"type": "tool_result", "tool_use_id": "t", "content": [IMAGE]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"messages": [{"role": "user", "content": [IMAGE]}]}, "type 'image' is not passed on here: send text"),
        ({"messages": [{"role": "user", "content": [RESULT]}]}, "type 'image' is not passed on"),
        ({"messages": [{"role": "user", "content": [{"type": "document"}]}]}, "type 'document' is not passed on"),
        ({"messages": [{"role": "system", "content": "x"}]}, "needs a role: user or assistant"),
        ({"messages": []}, "at least one message"),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "type 'web_search_20250305' is not passed on"),
        ({"tools": [SHELL], "tool_choice": {"type": "some"}}, "tool_choice needs a type"),
        ({"extra_body": {"temperature": "hot"}}, "temperature has the wrong type"),
        ({"messages": [{"role": "assistant", "content": [{"type": "tool_use", "id": "t", "input": [1]}]}]}, "must be an object"),
    ],
)
async def test_what_cannot_be_passed_on_is_refused_by_name(
    open_door: OpenDoor, provider: Provider, change: dict[str, Any], message: str
) -> None:
    async with open_door() as door, client_of(door) as client:
        with pytest.raises(anthropic.BadRequestError, match=message) as raised:
            await client.messages.create(**(ASK | change))
    assert raised.value.body["error"]["type"] == "invalid_request_error"
    assert provider.requests == []


async def test_arguments_that_are_no_object_are_handed_on_as_one(open_door: OpenDoor, provider: Provider) -> None:
    provider.replies = [Reply(text=None, tools=(("shell", ["ls"]),))]  # type: ignore[arg-type]
    async with open_door() as door, client_of(door) as client:
        answer = await client.messages.create(**ASK, tools=[SHELL])
    assert shown(answer) == [("shell", {"not_an_object": '["ls"]'})]


async def test_the_clients_key_is_the_token(open_door: OpenDoor) -> None:
    async with open_door() as door, client_of(door, token="right") as client:
        assert shown(await client.messages.create(**ASK)) == ["fine"]
        with pytest.raises(anthropic.AuthenticationError):
            await client.with_options(api_key="wrong").messages.create(**ASK)
