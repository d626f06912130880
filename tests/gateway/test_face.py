"""The HTTP face, with the real `openai` client: answers, streams, limits, files, tokens, hostile requests."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import get_args

import anyio
import anyio.to_thread
import httpx
import openai
import pytest

from mldevbench.gateway import Door, Price
from mldevbench.gateway.face import MOST_CONNECTIONS
from mldevbench.offers import Offers
from mldevbench.outcome import StopReason
from mldevbench.spec import Limits
from tests.gateway.conftest import KEY, OpenDoor
from tests.gateway.provider_server import CONTEXT_ERROR, Fault, Provider, Reply

pytestmark = pytest.mark.anyio

TOOL = {"type": "function", "function": {"name": "shell", "parameters": {"type": "object", "properties": {}}}}
ASK = {"model": "anything", "messages": [{"role": "user", "content": "hello"}]}


@asynccontextmanager
async def served(
    door: Door, files: dict[str, Path] | None = None, token: str | None = None
) -> AsyncIterator[tuple[openai.AsyncOpenAI, httpx.AsyncClient]]:
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with (
        door.serve(listener, url, Offers(files or {}), token),
        openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=token or "none", max_retries=0) as client,
        httpx.AsyncClient(base_url=url, timeout=30) as plain,
    ):
        assert door.url == url
        yield client, plain
    assert listener.fileno() >= 0, "the listener stays the caller's"
    listener.close()


@pytest.mark.parametrize("model", ["openai/m", "anthropic/claude-sonnet-4-5"])
async def test_an_answer_and_a_stream_with_tool_calls_and_usage(open_door: OpenDoor, provider: Provider, model: str) -> None:
    provider.default = Reply(text="I look around.", tools=(("shell", {"command": "ls -la"}), ("shell", {"command": "pwd"})))
    async with open_door(model) as door, served(door) as (client, _):
        whole = await client.chat.completions.create(**ASK, tools=[TOOL])
        text, calls, finish, usage = "", {}, None, None
        options = {"include_usage": True}
        async for chunk in await client.chat.completions.create(**ASK, tools=[TOOL], stream=True, stream_options=options):
            usage = chunk.usage or usage
            for choice in chunk.choices:
                text += choice.delta.content or ""
                finish = choice.finish_reason or finish
                for call in choice.delta.tool_calls or ():
                    name, arguments = calls.get(call.index, ("", ""))
                    calls[call.index] = (name + (call.function.name or ""), arguments + (call.function.arguments or ""))
        assert [m.id async for m in await client.models.list()] == [model]
        await door.settled()
    message = whole.choices[0].message
    assert message.content == "I look around."
    assert [c.function.name for c in message.tool_calls] == ["shell", "shell"]
    assert (whole.usage.prompt_tokens, whole.usage.completion_tokens) == (100, 20)
    assert text.replace(" ", "") == "Ilookaround."
    assert [(n, json.loads(a)) for n, a in calls.values()] == [("shell", {"command": "ls -la"}), ("shell", {"command": "pwd"})]
    assert finish == "tool_calls"
    assert (usage.prompt_tokens, usage.completion_tokens, usage.prompt_tokens_details.cached_tokens) == (100, 20, 40)
    assert [c.streamed for c in door.calls] == [False, True]
    assert replace(door.usage, waited_s=0.0) == door.callback_usage
    assert door.usage.steps == 2


async def test_usage_is_asked_of_the_provider_even_when_the_client_does_not(open_door: OpenDoor, provider: Provider) -> None:
    async with open_door() as door, served(door) as (client, _):
        chunks = [c async for c in await client.chat.completions.create(**ASK, stream=True)]
    assert provider.requests[0]["stream_options"] == {"include_usage": True}
    assert all(c.usage is None for c in chunks)
    assert door.calls[0].tokens_in == 100


@pytest.mark.parametrize("fault", [fault for fault in get_args(Fault) if fault not in ("hang", "redirect")])
async def test_a_stream_that_breaks_is_tried_again_unseen(open_door: OpenDoor, provider: Provider, fault: Fault) -> None:
    provider.replies = [Reply(text="a b c d e f", fault=fault)]
    async with open_door() as door, served(door) as (client, _):
        chunks = [c async for c in await client.chat.completions.create(**ASK, stream=True)]
        await door.settled()
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == "fine"
    assert [c.retries for c in door.calls] == [1]
    assert door.usage.steps == door.callback_usage.steps == 1


async def test_a_stream_that_breaks_before_its_counts_has_an_unknown_cost(open_door: OpenDoor, provider: Provider) -> None:
    provider.replies = [Reply(fault="cut")]  # after the finish of so short an answer
    async with open_door(prices={"openai/m": Price(1, 1)}) as door, served(door) as (client, _):
        chunks = [c async for c in await client.chat.completions.create(**ASK, stream=True)]
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == "fine"
    assert [(c.retries, c.tokens_in, c.cost_usd) for c in door.calls] == [(0, None, None)]
    assert door.usage.cost_usd is None


@pytest.mark.parametrize("stream", [False, True])
async def test_a_limit_is_403_which_clients_do_not_retry(open_door: OpenDoor, provider: Provider, stream: bool) -> None:
    async with open_door(limits=Limits(max_steps=2)) as door, served(door) as (client, _):
        patient = client.with_options(max_retries=5)
        for _ in range(2):
            await patient.chat.completions.create(**ASK)
        with pytest.raises(openai.PermissionDeniedError) as raised:
            await patient.chat.completions.create(**ASK, stream=stream)
    assert raised.value.code == "max_steps"
    assert door.limit == StopReason.MAX_STEPS
    assert len(provider.requests) == 2
    assert door.requests == ("/v1/chat/completions",) * 3


async def test_errors_have_a_status_of_their_own_and_no_key(open_door: OpenDoor, provider: Provider) -> None:
    async with open_door() as door, served(door) as (client, _):
        provider.replies = [Reply(status=400, error=CONTEXT_ERROR)]
        with pytest.raises(openai.BadRequestError, match="context length"):
            await client.chat.completions.create(**ASK)
        provider.replies = [Reply(status=401, error={"message": f"bad key {KEY}", "type": "auth"})]
        for _ in range(2):
            with pytest.raises(openai.PermissionDeniedError) as raised:
                await client.chat.completions.create(**ASK)
            assert raised.value.code == "provider_auth"
            assert KEY not in str(raised.value)
    assert door.fault is not None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b"[" * 200_000,
        b'{"messages": []}',
        b'{"messages": "x"}',
        b'{"messages": [{"role": "user", "content": "x"}], "n": 3}',
        b'{"messages": [{"role": "user", "content": "x"}], "temperature": "hot"}',
        b'{"messages": [{"role": "user", "content": "x"}], "tools": [{"type": "mcp", "server_url": "http://127.0.0.1:1"}]}',
        b'{"messages": [{"role": "user", "content": "' + b"x" * 9 * 2**20 + b'"}]}',
    ],
    ids=lambda body: body[:40].decode(),
)
async def test_a_request_that_is_no_chat_completion_is_400(open_door: OpenDoor, provider: Provider, body: bytes) -> None:
    async with open_door() as door, served(door) as (_, plain):
        response = await plain.post("/v1/chat/completions", content=body)
        assert response.status_code == 400
        assert response.json()["error"]["code"] == "bad_request"
    assert provider.requests == []
    assert door.calls == ()


async def test_a_client_that_goes_away_leaves_nothing_behind(open_door: OpenDoor, provider: Provider) -> None:
    provider.replies = [Reply(fault="hang")]
    async with open_door() as door, served(door) as (client, _):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: client.chat.completions.create(**ASK))
            await anyio.to_thread.run_sync(provider.asked.wait, 60)
            tasks.cancel_scope.cancel()
        provider.replies = [Reply(status=500)]
        provider.released.set()
        assert (await client.chat.completions.create(**ASK)).choices[0].message.content == "fine"
        await door.settled()
    assert [c.is_step for c in door.calls] == [False, True]
    assert door.usage.steps == 1
    assert door.usage.calls == 2


async def test_closing_ends_calls_that_are_under_way(open_door: OpenDoor, provider: Provider) -> None:
    provider.default = Reply(fault="hang")

    async def ask(client: openai.AsyncOpenAI) -> None:
        with pytest.raises(openai.APIError):
            await client.chat.completions.create(**ASK)

    async with open_door() as door, anyio.create_task_group() as tasks:
        async with served(door) as (client, _):
            tasks.start_soon(ask, client)
            await anyio.to_thread.run_sync(provider.asked.wait)
        await door.settled()
        assert [c.error for c in door.calls] == ["CancelledError"]


async def test_connections_without_end_are_cut_off(open_door: OpenDoor) -> None:
    async with open_door() as door, served(door) as (client, _):
        assert door.url is not None
        port = int(door.url.rpartition(":")[2])
        flood = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(100)]
        assert await anyio.to_thread.run_sync(lambda: all(_is_cut_off(s) for s in flood[MOST_CONNECTIONS:]))
        for s in flood:
            s.close()
        patient = client.with_options(max_retries=5)
        assert (await patient.chat.completions.create(**ASK)).choices[0].message.content == "fine"


def _is_cut_off(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


async def test_files_are_served_by_name_with_ranges_and_nothing_else(open_door: OpenDoor, tmp_path: Path) -> None:
    (tmp_path / "data.bin").write_bytes(bytes(range(100)))
    (tmp_path / "secret").write_text("secret")
    async with open_door(model=None) as door, served(door, {"data.bin": tmp_path / "data.bin"}) as (_, plain):
        assert (await plain.get("/files/data.bin")).content == bytes(range(100))
        part = await plain.get("/files/data.bin", headers={"range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, bytes(range(10, 20)))
        assert (await plain.head("/files/data.bin")).headers["content-length"] == "100"
        for path in ("/files/secret", "/files/%2e%2e/secret", "/files/", "/", "/v1/models", "/v1/chat/completions"):
            assert (await plain.get(path)).status_code == 404
        assert (await plain.post("/v1/chat/completions", json=ASK)).status_code == 404
    assert door.requests[:3] == ("/files/data.bin",) * 3
    assert "/files/secret" in door.requests


async def test_a_token_is_asked_for_when_there_is_one(open_door: OpenDoor, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    async with open_door() as door, served(door, {"data": tmp_path / "data"}, token="right") as (client, plain):
        assert (await client.chat.completions.create(**ASK)).choices[0].message.content == "fine"
        for headers in ({}, {"authorization": "Bearer wrong"}):
            assert (await plain.get("/files/data", headers=headers)).status_code == 401
            assert (await plain.post("/v1/chat/completions", json=ASK, headers=headers)).status_code == 401
        assert (await plain.get("/files/data", headers={"authorization": "Bearer right"})).text == "x"


async def test_two_doors_of_a_process_keep_their_trials_apart(open_door: OpenDoor) -> None:
    async with open_door() as one, open_door() as two, served(one) as (first, _), served(two) as (second, _):
        await first.chat.completions.create(**ASK)
        await second.chat.completions.create(**ASK)
        await second.chat.completions.create(**ASK)
        await one.settled()
        await two.settled()
    assert (one.usage.steps, one.callback_usage.steps, two.usage.steps, two.callback_usage.steps) == (1, 1, 2, 2)


@pytest.mark.parametrize("model", ["openai/m", "anthropic/claude-sonnet-4-5"])
async def test_a_forced_tool_and_a_seed_as_aide_and_others_send_them(open_door: OpenDoor, provider: Provider, model: str) -> None:
    choice = {"type": "function", "function": {"name": "shell"}}
    lone = ASK | {"messages": [{"role": "system", "content": "do it"}]}
    async with open_door(model, seed=7) as door, served(door) as (client, _):
        await client.chat.completions.create(**lone, tools=[TOOL], tool_choice=choice, seed=3)
    (sent,) = provider.requests
    named = sent["tool_choice"].get("name") or sent["tool_choice"]["function"]["name"]
    assert named == "shell"
    assert sent.get("seed") == (7 if model == "openai/m" else None)
    assert sent["messages"][0]["role"] == ("system" if model == "openai/m" else "user")
    assert "seed replaced by the trial's" in door.calls[0].notes
