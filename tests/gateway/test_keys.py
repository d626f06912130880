"""A provider that gives the caller's key back, in errors, answers and streams: neither the agent nor the record sees it."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import openai
import pytest

from mldevbench.outcome import AgentError, InfraError
from tests.gateway.conftest import KEY, OpenDoor
from tests.gateway.provider_server import Provider, Reply
from tests.gateway.test_face import ASK, TOOL, served

pytestmark = pytest.mark.anyio

MODELS = ["openai/m", "anthropic/claude-sonnet-4-5"]
BASIC = base64.b64encode(f"user:{KEY}".encode()).decode()
EVERY = f"Authorization: Bearer {KEY}, ?key={quote(KEY, safe='')}, Basic {BASIC}"
ERROR = {"message": f"Incorrect API key provided: {EVERY}", "type": "invalid_request_error", "param": KEY, "code": KEY}
HIDDEN = "[ANTHROPIC_API_KEY]"
"""Both providers have the same key here; the last name of it is shown."""
USER = [{"role": "user", "content": "hello"}]


def shows_key(*found: object) -> bool:
    return any(form in str(item) for item in found for form in (KEY, BASIC[8:-4]))


@pytest.mark.parametrize("model", MODELS)
async def test_an_answer_is_cleared_of_the_key(
    open_door: OpenDoor, provider: Provider, model: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    provider.default = Reply(text=EVERY, tools=(("shell", {"command": f"echo '{EVERY}'", KEY: [BASIC]}),))
    async with open_door(model) as door, served(door) as (_, plain):
        message = await door.complete(USER, tools=[TOOL])
        whole = (await plain.post("/v1/chat/completions", json={**ASK, "tools": [TOOL]})).text
        streamed = (await plain.post("/v1/chat/completions", json={**ASK, "tools": [TOOL], "stream": True})).text
    assert message["content"].startswith(f"Authorization: Bearer {HIDDEN}, ?key={HIDDEN}")
    assert message["tool_calls"][0]["function"]["name"] == "shell"
    assert HIDDEN in message["tool_calls"][0]["function"]["arguments"]
    assert {r["_key"].removeprefix("Bearer ") for r in provider.requests} == {KEY}
    assert not shows_key(message, whole, streamed, door.calls, caplog.text)


@pytest.mark.parametrize("cut", [1, 3, len(KEY) // 2, len(KEY) - 1])
async def test_a_key_that_is_cut_by_the_pieces_of_a_stream_is_found(open_door: OpenDoor, provider: Provider, cut: int) -> None:
    provider.default = Reply(
        text=f"see {KEY[:cut]} {KEY[cut:]} !", tools=(("shell", {"command": KEY}), ("shell", {"command": "ls"}))
    )
    async with open_door() as door, served(door) as (client, _):
        text, arguments = "", ["", ""]
        async for chunk in await client.chat.completions.create(**ASK, tools=[TOOL], stream=True):
            for choice in chunk.choices:
                text += choice.delta.content or ""
                for call in choice.delta.tool_calls or ():
                    arguments[call.index] += call.function.arguments or ""
    assert text == f"see{HIDDEN}!"
    assert not shows_key(*arguments)
    assert arguments[1] == '{"command": "ls"}'


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("status", "kind"), [(400, "provider_down"), (401, "provider_auth"), (429, "provider_rate"), (500, "provider_down")]
)
async def test_an_error_is_cleared_of_the_key(
    open_door: OpenDoor, provider: Provider, caplog: pytest.LogCaptureFixture, model: str, status: int, kind: str
) -> None:
    caplog.set_level(logging.DEBUG)
    provider.default = Reply(status=status, error=ERROR)
    async with open_door(model) as door, served(door) as (client, plain):
        with pytest.raises(InfraError) as raised:
            await door.complete(USER)
        body = (await plain.post("/v1/chat/completions", json=ASK)).text
    assert raised.value.kind == kind
    assert "Incorrect API key provided" in str(raised.value)
    assert not shows_key(raised.value, vars(raised.value), body, door.calls, door.fault, caplog.text)


async def test_a_refusal_is_cleared_of_the_key(open_door: OpenDoor, provider: Provider) -> None:
    message = f"This model's maximum context length is 10 tokens. {EVERY}"
    provider.default = Reply(status=400, error={"message": message, "type": "invalid_request_error"})
    async with open_door() as door, served(door) as (client, _):
        with pytest.raises(AgentError, match="context length") as refused:
            await door.complete(USER)
        with pytest.raises(openai.BadRequestError) as raised:
            await client.chat.completions.create(**ASK)
    assert not shows_key(refused.value, raised.value.response.text, door.calls)


async def test_texts_among_the_counts_of_an_answer_are_left_out(open_door: OpenDoor, provider: Provider) -> None:
    provider.default = Reply(usage={"prompt_tokens_details": {"cached_tokens": 40, "note": KEY}, "note": KEY})
    async with open_door() as door, served(door) as (_, plain):
        answer: Mapping[str, Any] = (await plain.post("/v1/chat/completions", json=ASK)).json()
    assert answer["usage"]["prompt_tokens_details"]["cached_tokens"] == 40
    assert not shows_key(answer)
