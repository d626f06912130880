"""A provider on loopback that answers as it is told: OpenAI and Anthropic shaped, one scripted reply a request."""

from __future__ import annotations

import json
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from tests.gateway.provider_answers import anthropic_answer, anthropic_stream, openai_answer, openai_stream

Fault = Literal[
    "hang", "reset", "empty", "garbage", "half JSON", "error inside", "nothing inside", "redirect", "cut", "cut by a reset"
]
"""What comes instead of the answer: nothing, for as long as the server runs; a connection that is reset; 200 with an empty body,
with HTML, with half an answer, with an error or with an answer that has nothing in it; 307 to another address; half of what was
announced, and then the end of the connection, or its reset.
"""


@dataclass(frozen=True)
class Reply:
    """What one request gets. `usage` is what OpenAI's answer says beside its counts, or instead of them.

    With `pace_s` an answer comes in pieces of 16 bytes (event by event, where it is streamed), each after so many seconds.
    """

    text: str | None = "fine"
    tools: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    status: int = 200
    error: Mapping[str, Any] = field(default_factory=lambda: {"message": "scripted error", "type": "server_error"})
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: Fault | None = None
    pace_s: float = 0.0
    prompt: int = 100
    cached: int = 40
    completion: int = 20
    reasoning: int = 5
    usage: Mapping[str, Any] = field(default_factory=dict)


PLAIN = Reply()
CONTEXT_ERROR = {"message": "This model's maximum context length is 10 tokens.", "type": "invalid_request_error"}
Script = Callable[[dict[str, Any]], Reply]


@dataclass
class Provider:
    """`replies` are used up one a request; then `default` answers. `elsewhere` is where a redirect leads."""

    replies: list[Reply] = field(default_factory=list)
    default: Reply | Script = Reply()
    requests: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""
    elsewhere: str = ""
    released: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next_reply(self, body: dict[str, Any], path: str) -> Reply:
        with self._lock:
            self.requests.append({"path": path, **body})
            self.asked.set()
            if self.replies:
                return self.replies.pop(0)
        return self.default if isinstance(self.default, Reply) else self.default(body)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    provider: Provider

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        body["_key"] = self.headers.get("authorization") or self.headers.get("x-api-key")
        reply = self.provider.next_reply(body, self.path)
        try:
            self._answer(reply, body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _answer(self, reply: Reply, body: dict[str, Any]) -> None:
        anthropic = self.path.endswith("/messages")
        whole = json.dumps(anthropic_answer(reply) if anthropic else openai_answer(reply)).encode()
        error = json.dumps({"type": "error", "error": dict(reply.error)}).encode()
        match reply.fault:
            case "hang":
                self.provider.released.wait(30)
                self.close_connection = True
            case "reset":
                self._reset()
            case "empty":
                self._send(200, b"")
            case "garbage":
                self._send(200, b"<html>this is not JSON</html>", {"content-type": "text/html"})
            case "half JSON":
                self._send(200, whole[: len(whole) // 2])
            case "error inside":
                self._send(200, error)
            case "nothing inside":
                self._send(200, b"{}")
            case "redirect":
                self._send(307, b"", {"location": f"{self.provider.elsewhere}{self.path}"})
            case _ if reply.status != 200:
                self._send(reply.status, error, reply.headers)
            case _ if body.get("stream"):
                self._stream(anthropic_stream(reply) if anthropic else openai_stream(reply, body), reply)
            case _:
                self._send(200, whole, reply.headers, reply)

    def _send(self, status: int, data: bytes, headers: Mapping[str, str] | None = None, reply: Reply = PLAIN) -> None:
        self.send_response(status)
        for name, value in {"content-type": "application/json", "content-length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        step = 16 if reply.pace_s else max(1, len(data) // 2)
        self._write([data[i : i + step] for i in range(0, len(data), step)], reply)

    def _stream(self, events: list[str], reply: Reply) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self._write([f"{len(event.encode()):x}\r\n{event}\r\n".encode() for event in events] + [b"0\r\n\r\n"], reply)

    def _write(self, pieces: Sequence[bytes], reply: Reply) -> None:
        """All of them, or the first half and then what the fault says."""
        broken = reply.fault in ("cut", "cut by a reset")
        for piece in pieces[: len(pieces) // 2] if broken else pieces:
            self.provider.released.wait(reply.pace_s)
            self.wfile.write(piece)
            self.wfile.flush()
        if reply.fault == "cut by a reset":
            self._reset()
        self.close_connection = self.close_connection or broken

    def _reset(self) -> None:
        """The client gets RST instead of FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is no error of the server's."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def provider_server() -> Iterator[Provider]:
    provider = Provider()
    handler = type("Handler", (_Handler,), {"provider": provider})
    server = _Server(("127.0.0.1", 0), handler)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
