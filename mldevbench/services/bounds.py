"""Bounds for what agent code sends to a service: whatever is wrong or too large is one kind of error, answered with a 400."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

MOST_BODY = 4 * 2**20
"""Bytes of a request's body, packed and unpacked."""
MOST_NESTING = 20
MOST_TEXT = 1000

Object = dict[str, Any]
Handler = Callable[[Request], Awaitable[Response]]


class Refused(ValueError):
    """A request that is malformed or beyond the bounds; answered with status 400."""


def guarded(handler: Handler) -> Handler:
    """Whatever is wrong with a request is said in a 400: neither a status that clients ask again on, nor an error of ours."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except Refused as error:
            return JSONResponse({"errors": [{"message": str(error)}]}, 400)
        except (ClientDisconnect, RecursionError, ValueError, TypeError, KeyError) as error:
            return JSONResponse({"errors": [{"message": f"{type(error).__name__} in the request"}]}, 400)

    return answer


async def read_body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BODY:
            raise Refused(f"the body is larger than {MOST_BODY} bytes")
    if request.headers.get("content-encoding", "identity") == "identity":
        return bytes(body)
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        whole = unpacker.decompress(bytes(body), MOST_BODY)
    except zlib.error:
        raise Refused("the body is not packed as it says") from None
    if unpacker.unconsumed_tail:
        raise Refused(f"the body is larger than {MOST_BODY} bytes")
    return whole


def read_json(data: Any) -> Object:
    """A JSON object of bounded depth and real Unicode; numbers that JSON does not know become null."""
    try:
        value = json.loads(data, parse_constant=lambda _: None)
        _bounded(value, MOST_NESTING)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError, TypeError):
        raise Refused("a JSON object is expected") from None
    return as_object(value)


def footprint(text: bytes) -> int:
    """Bytes of memory that a JSON document takes at the most, once it is read: a short value up to 150, a character up to 4."""
    width = 1 if text.isascii() and b"\\u" not in text else 4
    return width * len(text) + 150 * sum(map(text.count, (b"{", b"[", b",")))


def _bounded(value: Any, left: int) -> None:
    if left == 0 or (isinstance(value, float) and not math.isfinite(value)) or (isinstance(value, int) and abs(value) >= 2**63):
        raise ValueError
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            _bounded(item, left - 1)


def as_object(value: Any) -> Object:
    if not isinstance(value, dict):
        raise Refused("a JSON object is expected")
    return value


def as_text(given: Object, name: str, otherwise: str) -> str:
    value = given.get(name, otherwise)
    if not isinstance(value, str) or len(value) > MOST_TEXT:
        raise Refused(f"{name}: a text of at most {MOST_TEXT} characters is expected")
    return value
