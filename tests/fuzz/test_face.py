"""The door's HTTP face: no request of agent code brings a 5xx, looks like a fault of the provider, or stops the clock."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import example, given
from hypothesis import strategies as st

from mldevbench.clock import TrialClock
from mldevbench.gateway import Door, Gateway, LocalRateGate, Retries, Script, anthropic_form
from mldevbench.gateway.request import MOST_NOTES, BadRequest, Request
from mldevbench.offers import Offers
from mldevbench.outcome import AgentError
from mldevbench.services import wandb
from mldevbench.spec import Limits, Named
from tests.fuzz.bodies import ANTHROPIC_CHATS, CHATS
from tests.fuzz.support import JSON, damaged, documents, fuzz
from tests.gateway.provider_server import Provider, Reply, provider_server

MODELS = ("openai/m", "anthropic/claude-sonnet-4-5", "scripted/oracle")
HELLO: dict[str, Any] = {"messages": [{"role": "user", "content": "hello"}]}


def deep(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"a": value}
    return value


@given(ANTHROPIC_CHATS | JSON)
@example({**HELLO, "tools": [{"name": "f", "input_schema": deep(200)}]})
@example({"messages": [{"role": "user", "content": [{"type": "tool_result", "content": deep(50)}]}]})
@fuzz(200)
def test_any_body_in_anthropics_form_is_translated_or_refused(body: Any) -> None:
    try:
        request = anthropic_form.parse(body).request
    except BadRequest as error:
        said = str(error)
    else:
        assert Request.parse({"messages": list(request.messages), "tools": list(request.tools)}).messages == request.messages
        return
    assert said.isprintable()


@given(CHATS | JSON)
@example({**HELLO, **{f"unknown{i}": 1 for i in range(1000)}})
@example({**HELLO, "tools": [{"type": "function", "function": {"name": "f", "parameters": deep(200)}}]})
@example({**HELLO, "temperature": float("nan")})
@example({**HELLO, "\ud800": 1, "stop": ["\ud800"]})
@fuzz(200)
def test_any_body_is_a_request_that_can_be_passed_on_or_refused(body: Any) -> None:
    try:
        request = Request.parse(body)
    except BadRequest as error:
        said = str(error)
    else:
        passed_on = [*request.messages, *request.tools, dict(request.params), *request.notes]
        assert json.dumps(passed_on, ensure_ascii=False, allow_nan=False).encode()
        parts = [part for m in request.messages if isinstance(m["content"], list) for part in m["content"]]
        assert all(part["image_url"]["url"].startswith("data:") for part in parts if part["type"] == "image_url")
        assert len(request.notes) <= MOST_NOTES
        return
    assert said.isprintable()


@dataclass(frozen=True)
class Face:
    """A door that is served, with a provider that is always well."""

    door: Door
    url: str
    client: httpx.Client

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", int(self.url.rpartition(":")[2])


@asynccontextmanager
async def opened(model: str, provider: Provider, retries: Retries, clock: TrialClock | None = None) -> AsyncIterator[Door]:
    keys, bases = (
        {"OPENAI_API_KEY": "sk-none", "ANTHROPIC_API_KEY": "sk-none"},
        {"openai": f"{provider.url}/v1", "anthropic": provider.url},
    )
    script = Script("t", None, {"a.py": "pass\n"}, "python a.py")
    async with Gateway(keys=keys, api_bases=bases, retries=retries, rates=LocalRateGate(first_pause_s=0.01)) as gateway:
        how: dict[str, Any] = {"limits": Limits(max_steps=None), "seed": 0, "clock": clock or TrialClock(), "script": script}
        async with gateway.open_door(trial="t", model=Named.parse(model), **how) as door:
            yield door


@asynccontextmanager
async def served(model: str, provider: Provider) -> AsyncIterator[tuple[Door, str]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        offers = Offers({"data": Path(__file__)}, {"wandb": wandb.Service()})
        async with (
            opened(model, provider, Retries(more=1, first_pause_s=0.001, timeout_s=5)) as door,
            door.serve(listener, url, offers),
        ):
            yield door, url


@pytest.fixture(scope="module", params=MODELS)
def face(request: pytest.FixtureRequest) -> Iterator[Face]:
    with provider_server() as provider, start_blocking_portal() as portal:
        with (
            portal.wrap_async_context_manager(served(request.param, provider)) as (door, url),
            httpx.Client(base_url=url, timeout=60) as client,
        ):
            yield Face(door, url, client)


BODIES = (
    CHATS.map(json.dumps).map(str.encode)
    | documents(["messages", "tools", "role", "content"]).map(str.encode)
    | JSON.map(json.dumps).map(str.encode)
)


@given(BODIES | damaged(BODIES))
@example(json.dumps({**HELLO, "tools": [{"type": "function", "function": {"name": "f", "parameters": [1]}}]}).encode())
@example(json.dumps({**HELLO, "stop": [{"a": 1}]}).encode())
@example(json.dumps({**HELLO, "response_format": {"type": "json_schema", "json_schema": 3}}).encode())
@example(json.dumps({"messages": [*HELLO["messages"], {"role": "assistant", "thinking_blocks": [3]}]}).encode())
@example(json.dumps({**HELLO, "tools": [{"type": "function", "function": {"name": "\ud800"}}]}).encode())
@example(b'{"messages": [{"role": "user", "content": "x"}], "temperature": 1e999}')
@example(b"[" * 100_000)
@fuzz(60, cost=20)
def test_any_question_is_answered_or_refused(face: Face, body: bytes) -> None:
    answer = face.client.post("/v1/chat/completions", content=body)
    assert answer.status_code in (200, 400), answer.text
    assert answer.status_code == 200 or answer.json()["error"]["code"] in ("bad_request", "refused")
    assert face.door.fault is None


ANTHROPIC_BODIES = ANTHROPIC_CHATS.map(json.dumps).map(str.encode)


@given(ANTHROPIC_BODIES | damaged(ANTHROPIC_BODIES))
@example(json.dumps({**HELLO, "stream": True}).encode())
@example(b"[" * 100_000)
@fuzz(60, cost=20)
def test_any_question_in_anthropics_form_is_answered_or_refused(face: Face, body: bytes) -> None:
    answer = face.client.post("/v1/messages", content=body)
    assert answer.status_code in (200, 400), answer.text
    assert answer.status_code == 200 or answer.json()["error"]["type"] == "invalid_request_error"
    assert face.door.fault is None


HEADS = st.builds(
    b"%b %b%b HTTP/%b\r\n%b\r\n%b".__mod__,
    st.tuples(
        st.sampled_from([b"GET", b"POST", b"HEAD", b"PUT", b"OPTIONS", b"CONNECT", b"G\xc3\xa9T", b"", b"PRI"]),
        st.sampled_from([b"/", b"", b"*", b"http://other", b"/files/"]),
        st.sampled_from(
            [
                b"v1/chat/completions",
                b"v1/models",
                b"files/data",
                b"%00",
                b"%ff%ed%a0%80",
                b"..%2f",
                b"\xff",
                b"x" * 3000,
                b"?a=%",
            ]
        ),
        st.sampled_from([b"1.1", b"1.1", b"1.0", b"2.0", b"9"]),
        st.lists(
            st.sampled_from(
                [
                    b"host: a",
                    b"host: a",
                    b"host: [::",
                    b"content-length: 5",
                    b"content-length: -1",
                    b"content-length: 99999999999999999999",
                ]
                + [
                    b"transfer-encoding: chunked",
                    b"transfer-encoding: x",
                    b"range: bytes=0-1,5-6,-3",
                    b"range: bytes=9-1",
                    b"range: bytes=a",
                ]
                + [
                    b"range: bytes=" + b"0-," * 3000,
                    b"if-range: x",
                    b"upgrade: websocket",
                    b"connection: upgrade",
                    b"expect: 100-continue",
                ]
                + [b"authorization: \xff", b"content-encoding: gzip", b": x", b" folded", b"x: " + b"y" * 9000]
            ).map(lambda line: line + b"\r\n"),
            max_size=4,
        ).map(b"".join),
        st.sampled_from([b"", b"hello", b"5\r\nhello\r\n0\r\n\r\n", b"FFFFFFFFFFFFFFFFF\r\n", b"0\r\nx: y\r\n\r\n"]),
    ),
)


@given(st.lists(damaged(HEADS) | HEADS | st.binary(max_size=40), min_size=1, max_size=3).map(b"".join))
@fuzz(120, cost=20)
def test_any_bytes_on_a_connection_leave_the_door_as_it_was(face: Face, data: bytes) -> None:
    said = b""
    with socket.create_connection(face.address, timeout=20) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(2**16):
                said += piece
        except (ConnectionError, OSError):
            pass
    assert not any(line.startswith(b"HTTP/1.1 5") for line in said.split(b"\r\n")), said[:200]
    assert face.client.get("/files/data").content == Path(__file__).read_bytes()
    assert face.door.fault is None


SERVICE = documents(["query", "variables", "files"]).map(str.encode)


@given(SERVICE | damaged(SERVICE), st.sampled_from(["graphql", "files/a/p/r/file_stream", "", "x/y", "uploads/a"]))
@fuzz(40, cost=20)
def test_any_request_to_a_service_is_answered_or_refused(face: Face, body: bytes, path: str) -> None:
    answer = face.client.post(f"/services/wandb/{path}", content=body)
    assert answer.status_code in (200, 400, 404)


def poisoned(body: dict[str, Any]) -> Reply:
    return Reply(status=500) if "poison" in json.dumps(body) else Reply()


def test_requests_that_nobody_could_answer_do_not_stop_the_clock() -> None:
    """A provider may answer some of them with a 500: they are tried again, but only the first ones at no cost of time."""

    async def ask(provider: Provider) -> tuple[TrialClock, Door]:
        clock = TrialClock()
        async with opened("openai/m", provider, Retries(more=2, first_pause_s=0.1, timeout_s=5), clock) as door:

            async def poison() -> None:
                for _ in range(4):
                    with pytest.raises(AgentError):
                        await door.complete([{"role": "user", "content": "poison"}])

            async with anyio.create_task_group() as tasks:
                for _ in range(3):
                    tasks.start_soon(poison)
        return clock, door

    with provider_server() as provider:
        provider.default = poisoned
        clock, door = anyio.run(ask, provider)
    assert door.fault is None
    assert clock.total_s > 1.0
    assert clock.waited_s < 0.6 * clock.total_s
    assert 0 < clock.elapsed_s <= clock.total_s


STEPS = st.lists(st.tuples(st.sampled_from(["wait", "go on", "excuse"]), st.integers(0, 9)), max_size=30)


@given(STEPS)
@fuzz(200)
def test_no_second_is_excused_twice(steps: list[tuple[str, int]]) -> None:
    """Against a clock that writes down each second in which it stood."""
    now, stood, waits = 100, set[int](), list[Any]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mldevbench.clock.time.monotonic", lambda: float(now))
        clock = TrialClock()
        for what, seconds in steps:
            stood |= set(range(now, now + seconds)) if waits else set()
            now += seconds
            if what == "wait":
                waits.append(clock.waiting())
                waits[-1].__enter__()
            elif what == "go on" and waits:
                waits.pop().__exit__(None, None, None)
            elif what == "excuse":
                past = min(seconds * 3, now - 100)
                clock.excuse(past)
                stood |= set(range(now - past, now))
            assert clock.waited_s == len(stood)
            assert clock.elapsed_s == now - 100 - len(stood)
