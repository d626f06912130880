"""A provider on loopback that answers as it is told: OpenAI and Anthropic shaped, one scripted reply a request."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """What one request gets. `fault` is "hang", "garbage" or "cut" (the connection closes in mid-answer).

    `usage` is what OpenAI's answer says beside its counts, or instead of them.
    """

    text: str | None = "fine"
    tools: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    status: int = 200
    error: Mapping[str, Any] = field(default_factory=lambda: {"message": "scripted error", "type": "server_error"})
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str | None = None
    prompt: int = 100
    cached: int = 40
    completion: int = 20
    reasoning: int = 5
    usage: Mapping[str, Any] = field(default_factory=dict)


CONTEXT_ERROR = {"message": "This model's maximum context length is 10 tokens.", "type": "invalid_request_error"}
Script = Callable[[dict[str, Any]], Reply]


@dataclass
class Provider:
    """`replies` are used up one a request; then `default` answers."""

    replies: list[Reply] = field(default_factory=list)
    default: Reply | Script = Reply()
    requests: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""
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
        streamed = bool(body.get("stream"))
        if reply.fault == "hang":
            self.provider.released.wait(30)
            self.close_connection = True
        elif reply.fault == "garbage":
            self._send(200, b"<html>this is not JSON</html>", "text/html", {})
        elif reply.status != 200:
            self._send(
                reply.status,
                json.dumps({"type": "error", "error": dict(reply.error)}).encode(),
                "application/json",
                reply.headers,
            )
        else:
            anthropic = self.path.endswith("/messages")
            if streamed:
                self._stream(anthropic_stream(reply) if anthropic else openai_stream(reply, body), cut=reply.fault == "cut")
            else:
                data = json.dumps(anthropic_answer(reply) if anthropic else openai_answer(reply)).encode()
                self._send(200, data, "application/json", reply.headers, cut=reply.fault == "cut")

    def _send(self, status: int, data: bytes, kind: str, headers: Mapping[str, str], *, cut: bool = False) -> None:
        self.send_response(status)
        for name, value in {"content-type": kind, "content-length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if cut else data)
        self.close_connection = self.close_connection or cut

    def _stream(self, events: list[str], *, cut: bool) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for event in events[: len(events) // 2] if cut else events:
            data = event.encode()
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.flush()
        if cut:
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")


def _openai_calls(reply: Reply) -> list[dict[str, Any]]:
    return [
        {"index": i, "id": f"call_{i}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
        for i, (name, arguments) in enumerate(reply.tools)
    ]


def _openai_usage(reply: Reply) -> dict[str, Any]:
    return {
        "prompt_tokens": reply.prompt,
        "completion_tokens": reply.completion,
        "total_tokens": reply.prompt + reply.completion,
        "prompt_tokens_details": {"cached_tokens": reply.cached},
        "completion_tokens_details": {"reasoning_tokens": reply.reasoning},
        **reply.usage,
    }


def openai_answer(reply: Reply) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if reply.tools:
        message["tool_calls"] = [{k: v for k, v in call.items() if k != "index"} for call in _openai_calls(reply)]
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if reply.tools else "stop"}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [choice],
        "usage": _openai_usage(reply),
    }


def openai_stream(reply: Reply, body: dict[str, Any]) -> list[str]:
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": piece} for piece in (reply.text or "").split(" ") if piece]
    for call in _openai_calls(reply):
        arguments = call["function"]["arguments"]
        half = len(arguments) // 2
        deltas.append({"tool_calls": [{**call, "function": {**call["function"], "arguments": arguments[:half]}}]})
        deltas.append({"tool_calls": [{"index": call["index"], "function": {"arguments": arguments[half:]}}]})
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    chunks: list[dict[str, Any]] = [
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas
    ]
    chunks.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls" if reply.tools else "stop"}]})
    if body.get("stream_options", {}).get("include_usage"):
        chunks.append({**head, "choices": [], "usage": _openai_usage(reply)})
    return [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks] + ["data: [DONE]\n\n"]


def anthropic_answer(reply: Reply) -> dict[str, Any]:
    content: list[dict[str, Any]] = [{"type": "text", "text": reply.text}] if reply.text else []
    content += [{"type": "tool_use", "id": f"toolu_{i}", "name": n, "input": dict(a)} for i, (n, a) in enumerate(reply.tools)]
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": content,
        "stop_reason": "tool_use" if reply.tools else "end_turn",
        "stop_sequence": None,
        "usage": _anthropic_usage(reply),
    }


def _anthropic_usage(reply: Reply) -> dict[str, Any]:
    return {
        "input_tokens": reply.prompt - reply.cached,
        "cache_read_input_tokens": reply.cached,
        "cache_creation_input_tokens": 0,
        "output_tokens": reply.completion,
    }


def anthropic_stream(reply: Reply) -> list[str]:
    start = {
        **anthropic_answer(reply),
        "content": [],
        "stop_reason": None,
        "usage": {**_anthropic_usage(reply), "output_tokens": 1},
    }
    events: list[dict[str, Any]] = [{"type": "message_start", "message": start}]
    blocks: list[tuple[dict[str, Any], dict[str, Any]]] = []
    if reply.text:
        blocks.append(({"type": "text", "text": ""}, {"type": "text_delta", "text": reply.text}))
    for i, (name, arguments) in enumerate(reply.tools):
        block = {"type": "tool_use", "id": f"toolu_{i}", "name": name, "input": {}}
        blocks.append((block, {"type": "input_json_delta", "partial_json": json.dumps(dict(arguments))}))
    for index, (block, delta) in enumerate(blocks):
        events.append({"type": "content_block_start", "index": index, "content_block": block})
        events.append({"type": "content_block_delta", "index": index, "delta": delta})
        events.append({"type": "content_block_stop", "index": index})
    stop = {"stop_reason": "tool_use" if reply.tools else "end_turn", "stop_sequence": None}
    events.append({"type": "message_delta", "delta": stop, "usage": _anthropic_usage(reply)})
    events.append({"type": "message_stop"})
    return [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False


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
