"""The web application: a few JSON answers over the index, and one page that shows them.

Whatever agents and models wrote reaches the browser as JSON and is put there as text, never as markup; the content security
policy lets the page run nothing but its own script and fetch nothing but its own answers.
"""

from __future__ import annotations

import hmac
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio.to_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mldevbench.view.index import Index, Row
from mldevbench.view.matrix import matrix, trials
from mldevbench.view.trial import files, shown, trajectory, trial

PAGE = Path(__file__).parent / "page"
PAGE_FILES = frozenset(PAGE.iterdir())
_OWN_NAMES = ("127.0.0.1", "localhost", "::1")
COOKIE = "mldevbench_view"
_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def application(index: Index, token: str | None = None) -> Starlette:
    """With a `token`, every request needs it: once as `?token=`, from then on as a cookie.

    Without one, only requests for this machine by a name of its own are answered: a page of somebody else's, whose name was
    made to point here, is no visitor.
    """

    def answer(make: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            data = await anyio.to_thread.run_sync(make, request)
            if data is None:
                return _json({"error": "there is nothing of that name in these results"}, 404)
            return _json(data)

        return endpoint

    def sweep(_: Request) -> Any:
        version = index.refresh()
        runs = [{k: run.get(k) for k in ("started", "versions", "git", "options")} for run in index.sweep["runs"]]
        summary = {"name": index.sweep["name"], "profile": index.sweep["profile"], "place": index.place, "runs": runs}
        return shown(summary) | {"version": version, "attempts": index.attempts.num_rows}

    def listed(request: Request) -> Any:
        index.refresh()
        asked = request.query_params
        start = int(asked.get("start", "0")) if asked.get("start", "0").isdecimal() else 0
        names = {name: asked.get(name, "") for name in ("task", "arm", "outcome", "text")}
        return shown(trials(index, start=start, **names))

    def one(request: Request) -> Any:
        return trial(index, request.path_params["key"])

    def of_attempt(make: Callable[[Index, Row], Any]) -> Callable[[Request], Any]:
        def found(request: Request) -> Any:
            rows = index.rows_of(request.path_params["key"])
            mine = [row for row in rows if row["attempt"] == request.path_params["attempt"]]
            return make(index, mine[0]) if mine else None

        return found

    async def page(request: Request) -> Response:
        file = PAGE / request.path_params.get("name", "index.html")
        return FileResponse(file, media_type=_TYPES[file.suffix]) if file in PAGE_FILES else PlainTextResponse("not found", 404)

    return Starlette(
        routes=[
            Route("/api/sweep", answer(sweep)),
            Route("/api/matrix", answer(lambda _: shown(matrix(index)))),
            Route("/api/trials", answer(listed)),
            Route("/api/trials/{key}", answer(one)),
            Route("/api/trials/{key}/{attempt:int}/trajectory", answer(of_attempt(trajectory))),
            Route("/api/trials/{key}/{attempt:int}/files", answer(of_attempt(files))),
            Route("/", page),
            Route("/{name}", page),
        ],
        middleware=[Middleware(_Guard, token), Middleware(GZipMiddleware, minimum_size=2000)],
    )


def _json(data: Any, status: int = 200) -> Response:
    return Response(json.dumps(_finite(data), allow_nan=False), status, media_type="application/json")


def _finite(value: Any) -> Any:
    """JSON knows no NaN; a browser would refuse the whole answer."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list) else value


class _Guard:
    """Turns away who has no token, and adds the headers that keep a page to itself."""

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app, self._token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request, headers = Request(scope), dict(_HEADERS)
        if self._token is None:
            if request.url.hostname not in _OWN_NAMES:
                await PlainTextResponse("this page is for visitors on its own machine", 403)(scope, receive, send)
                return
        else:
            given = request.query_params.get("token") or request.cookies.get(COOKIE) or ""
            if not hmac.compare_digest(given.encode(), self._token.encode()):
                refusal = PlainTextResponse("open the address that `mldevbench view` printed: its token is missing here", 401)
                await refusal(scope, receive, send)
                return
            headers["set-cookie"] = f"{COOKIE}={self._token}; HttpOnly; SameSite=Strict; Path=/"

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *((k.encode(), v.encode()) for k, v in headers.items())]
            await send(message)

        await self._app(scope, receive, with_headers)
