"""The HTTP face of a door: the protocols of OpenAI and Anthropic, and what a task offers: files to download, and services."""

from __future__ import annotations

import asyncio
import hmac
import json
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import anyio
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from mldevbench.gateway.anthropic_form import ANTHROPIC
from mldevbench.gateway.faults import error_body
from mldevbench.gateway.form import Form
from mldevbench.gateway.openai_form import OPENAI
from mldevbench.gateway.request import BadRequest
from mldevbench.offers import Offers
from mldevbench.outcome import AgentError, BudgetSpent, InfraError, LimitReached

if TYPE_CHECKING:
    from mldevbench.gateway.door import Door

LARGEST_BODY = 8 * 2**20
MOST_CONNECTIONS = 64
MOST_BODIES = 8
"""Bodies of requests to the model, and requests to services, that are taken at a time."""
_CLOSE_S = 1


class _Server(uvicorn.Server):
    """Leaves signals to the process that it is a guest in."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = anyio.Event()

    def capture_signals(self) -> Any:
        return nullcontext()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def run_to_end(self, listener: socket.socket) -> None:
        # Shielded: only its own way out closes its connections.
        with anyio.CancelScope(shield=True):
            await self.serve([listener])


class _Protocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """Agent code may open connections without end; the files of this process are not its own to use up."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()


@asynccontextmanager
async def serve(door: Door, listener: socket.socket, offers: Offers, token: str | None) -> AsyncIterator[None]:
    config = uvicorn.Config(
        _Guard(_application(door, offers), door, token),
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_CLOSE_S,
    )
    server = _Server(config)
    # Made from the descriptor, so that its protocol is known: asyncio sets TCP_NODELAY (40 ms a request) only for TCP by name.
    mine = socket.socket(fileno=os.dup(listener.fileno()))
    mine.setblocking(False)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.run_to_end, mine)
        try:
            await server.ready.wait()
            yield
        finally:
            server.should_exit = True


def _application(door: Door, offers: Offers) -> Starlette:
    bodies = anyio.Semaphore(MOST_BODIES)

    async def models(_: HttpRequest) -> Response:
        entry = {"id": door.name, "object": "model", "created": 0, "owned_by": "mldevbench"}
        return Response(json.dumps({"object": "list", "data": [entry]}), media_type="application/json")

    async def file(request: HttpRequest) -> Response:
        path = offers.files.get(request.path_params["name"])
        if path is None:
            return _error(404, "no such file", kind="invalid_request_error", code="not_found")
        return FileResponse(path, media_type="application/octet-stream")

    async def nothing(_: HttpRequest, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return _error(status, "there is nothing here", kind="invalid_request_error", code="not_found")

    routes: list[BaseRoute] = [Route("/files/{name:path}", file)]
    few = Middleware(_Few, anyio.Semaphore(MOST_BODIES))
    routes += [Mount(f"/services/{n}", routes=s.routes(), middleware=[few]) for n, s in offers.services.items()]
    if door.has_model:
        routes += [
            Route("/v1/chat/completions", _asking(door, bodies, OPENAI), methods=["POST"]),
            Route("/v1/messages", _asking(door, bodies, ANTHROPIC), methods=["POST"]),
            Route("/v1/models", models),
        ]
    return Starlette(routes=routes, exception_handlers={404: nothing, 405: nothing})


def _asking(door: Door, bodies: anyio.Semaphore, form: Form) -> Callable[[HttpRequest], Awaitable[Response]]:
    """Answers the model's clients of one form."""

    def refusal(status: int, error: Exception, kind: str, code: str) -> Response:
        return Response(form.error(str(error), kind, code), status, media_type="application/json")

    async def ask(request: HttpRequest) -> Response:
        try:
            async with bodies:
                asked = form.parse(await _json(request))
            answer = await door.answer(asked.request, reached=lambda: _still_there(request))
        except BadRequest as error:
            return refusal(400, error, "invalid_request_error", "bad_request")
        except AgentError as error:
            return refusal(400, error, "invalid_request_error", "refused")
        except LimitReached as limit:
            return refusal(403, limit, "limit_reached", str(limit.reason))
        except InfraError as fault:
            # 403 as well: we have tried long enough, and the trial is over.
            return refusal(403, fault, "provider_error", fault.kind)
        except BudgetSpent as spent:
            return refusal(403, spent, "limit_reached", "budget")
        if asked.stream:
            events = form.events(door.name, answer, asked.request)
            return Response("".join(events), media_type="text/event-stream")
        return Response(json.dumps(form.whole(door.name, answer)), media_type="application/json")

    return ask


class _Few:
    """Serves a few requests at a time, so that what they and their answers hold in memory is bounded."""

    def __init__(self, app: ASGIApp, places: anyio.Semaphore) -> None:
        self._app, self._places = app, places

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._places:
            await self._app(scope, receive, send)


class _Guard:
    """Notes each request, and turns away those without the token."""

    def __init__(self, app: ASGIApp, door: Door, token: str | None) -> None:
        self._app, self._door, self._token = app, door, token and token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self._door.note_request(scope["path"])
        if self._token and not hmac.compare_digest(_given_token(dict(scope["headers"])), self._token):
            refusal = _error(401, "the token is missing or wrong", kind="invalid_request_error", code="bad_token")
            await refusal(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._door.before_answer()
            await send(message)

        await self._app(scope, receive, answer)


def _given_token(headers: Mapping[bytes, bytes]) -> bytes:
    """OpenAI's clients send their key as a bearer token, Anthropic's in a header of its own."""
    return headers.get(b"authorization", b"").removeprefix(b"Bearer ") or headers.get(b"x-api-key", b"")


async def _json(request: HttpRequest) -> Any:
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > LARGEST_BODY:
                raise BadRequest(f"the body is larger than {LARGEST_BODY} bytes")
        return json.loads(body)
    except ClientDisconnect:
        raise BadRequest("the client went away") from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, BadRequest):
            raise
        raise BadRequest("the body is no JSON") from None


async def _still_there(request: HttpRequest) -> bool:
    return not await request.is_disconnected()


def _error(status: int, message: str, *, kind: str, code: str) -> Response:
    return Response(error_body(message, kind=kind, code=code), status, media_type="application/json")
