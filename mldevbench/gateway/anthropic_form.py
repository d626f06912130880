"""Anthropic's messages, translated at the edge: requests into chat completions, answers into content blocks.

The result of a translation is checked like any other request (`Request.parse`). What has no counterpart there (images, documents,
tools that the provider runs itself) is refused; a stream is made of the whole answer.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mldevbench.gateway.form import Asked, Form
from mldevbench.gateway.prices import Tokens
from mldevbench.gateway.request import MOST_NOTES, BadRequest, Request, plain
from mldevbench.gateway.upstream import Answer

_SAME = ("max_tokens", "temperature", "top_p")
_KNOWN = (*_SAME, "model", "messages", "system", "stop_sequences", "stream", "tools", "tool_choice", "metadata")
_CHOICES = {"auto": "auto", "any": "required", "none": "none"}
_STOPS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}


def parse(body: Any) -> Asked:
    """From the body of a `POST /v1/messages`. Raises BadRequest."""
    if not isinstance(body, Mapping):
        raise BadRequest("the body is no JSON object")
    body = plain(body)
    chat = {name: body[name] for name in _SAME if name in body} | {"stop": body.get("stop_sequences")}
    system = body.get("system")
    chat["messages"] = [{"role": "system", "content": _texts(system)}] if system else []
    for message in _list(body.get("messages"), "messages"):
        chat["messages"].extend(_messages(message))
    chat["tools"] = [_tool(tool) for tool in _list(body.get("tools") or [], "tools")]
    chat |= _choice(body["tool_choice"]) if body.get("tool_choice") else {}
    request = Request.parse(chat)
    dropped = tuple(f"dropped {name[:40]}" for name in body if name not in _KNOWN)
    return Asked(replace(request, notes=(*request.notes, *dropped)[:MOST_NOTES]), bool(body.get("stream")))


def _messages(message: Any) -> list[dict[str, Any]]:
    """One message of Anthropic's is several of OpenAI's where it holds results of tools."""
    role = message.get("role") if isinstance(message, Mapping) else None
    if role not in ("user", "assistant"):
        raise BadRequest("each message needs a role: user or assistant")
    content = message.get("content")
    if isinstance(content, str):
        return [{"role": role, "content": content}]
    blocks = [_block(block) for block in _list(content, "content")]
    if role == "assistant":
        return [_spoken(blocks)]
    results = [_result(block) for block in blocks if block["type"] == "tool_result"]
    rest = [block for block in blocks if block["type"] != "tool_result"]
    return results + ([{"role": "user", "content": _texts(rest)}] if rest or not results else [])


def _spoken(blocks: list[Mapping[str, Any]]) -> dict[str, Any]:
    spoken = [b for b in blocks if b["type"] not in ("tool_use", "thinking", "redacted_thinking")]
    calls = [_call(b) for b in blocks if b["type"] == "tool_use"]
    thinking = [dict(b) for b in blocks if b["type"] in ("thinking", "redacted_thinking")]
    message: dict[str, Any] = {"role": "assistant", "content": _texts(spoken) or None}
    return message | ({"tool_calls": calls} if calls else {}) | ({"thinking_blocks": thinking} if thinking else {})


def _block(block: Any) -> Mapping[str, Any]:
    if not isinstance(block, Mapping) or not isinstance(block.get("type"), str):
        raise BadRequest("each content block needs a type")
    return block


def _texts(content: Any) -> Any:
    """A text, or text blocks, which both forms write alike."""
    if isinstance(content, str):
        return content
    for block in (blocks := [_block(b) for b in _list(content, "content")]):
        if block["type"] != "text":
            raise BadRequest(f"a content block of type {_shown(block['type'])} is not passed on here: send text")
    return blocks


def _result(block: Mapping[str, Any]) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": block.get("tool_use_id"), "content": _texts(block.get("content") or "")}


def _call(block: Mapping[str, Any]) -> dict[str, Any]:
    given = block.get("input") or {}
    if not isinstance(given, Mapping):
        raise BadRequest("the input of a tool_use must be an object")
    function = {"name": block.get("name"), "arguments": json.dumps(given, ensure_ascii=False)}
    return {"id": block.get("id"), "type": "function", "function": function}


def _tool(tool: Any) -> dict[str, Any]:
    if not isinstance(tool, Mapping):
        raise BadRequest("a tool must be an object")
    if tool.get("type") not in (None, "custom"):
        raise BadRequest(
            f"a tool of type {_shown(tool['type'])} is not passed on: only tools with an input_schema of their own are"
        )
    schema = {"name": tool.get("name"), "description": tool.get("description"), "parameters": tool.get("input_schema")}
    return {"type": "function", "function": schema}


def _choice(choice: Any) -> dict[str, Any]:
    kind = choice.get("type") if isinstance(choice, Mapping) else None
    if kind == "tool":
        chosen: Any = {"type": "function", "function": {"name": choice.get("name")}}
    elif isinstance(kind, str) and kind in _CHOICES:
        chosen = _CHOICES[kind]
    else:
        raise BadRequest(f"tool_choice needs a type: {', '.join(_CHOICES)} or tool")
    return {"tool_choice": chosen} | ({"parallel_tool_calls": False} if choice.get("disable_parallel_tool_use") else {})


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise BadRequest(f"{what} must be a list")
    return value


def _shown(value: Any) -> str:
    return repr(str(value)[:40])


def whole(model: str, answer: Answer) -> dict[str, Any]:
    head = {"id": f"msg_{time.time_ns():x}", "type": "message", "role": "assistant", "model": model}
    return head | {"content": _blocks(answer.message), **_stop(answer), "usage": _usage(answer)}


def _blocks(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = [dict(block) for block in message.get("thinking_blocks") or ()]
    if message.get("content"):
        blocks.append({"type": "text", "text": message["content"]})
    for call in message.get("tool_calls") or ():
        function = call["function"]
        blocks.append({"type": "tool_use", "id": call["id"], "name": function["name"], "input": _input(function["arguments"])})
    return blocks


def _input(arguments: str) -> dict[str, Any]:
    """A tool's input must be an object; arguments that are none are handed on as one, for the agent's own check to refuse."""
    try:
        given = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        given = None
    return given if isinstance(given, dict) else {"not_an_object": arguments}


def _stop(answer: Answer) -> dict[str, Any]:
    return {"stop_reason": _STOPS.get(answer.finish_reason, "end_turn"), "stop_sequence": None}


def _usage(answer: Answer) -> dict[str, int]:
    """Anthropic counts what was read from a cache apart from its `input_tokens`."""
    tokens = Tokens.of(answer.usage)
    cached = tokens.cached or 0
    return {
        "input_tokens": (tokens.prompt or 0) - cached,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": cached,
        "output_tokens": tokens.completion or 0,
    }


def events(model: str, answer: Answer, request: Request) -> Iterator[str]:
    message = whole(model, answer)
    start = message | {"content": [], "stop_reason": None, "usage": message["usage"] | {"output_tokens": 0}}
    yield _event("message_start", message=start)
    for index, block in enumerate(message["content"]):
        empty, deltas = _pieces(block)
        yield _event("content_block_start", index=index, content_block=empty)
        for delta in deltas:
            yield _event("content_block_delta", index=index, delta=delta)
        yield _event("content_block_stop", index=index)
    yield _event("message_delta", delta=_stop(answer), usage=message["usage"])
    yield _event("message_stop")


def _pieces(block: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A block as a stream starts it, and the deltas that fill it."""
    if block["type"] == "text":
        return block | {"text": ""}, [{"type": "text_delta", "text": block["text"]}]
    if block["type"] == "tool_use":
        return block | {"input": {}}, [{"type": "input_json_delta", "partial_json": json.dumps(block["input"])}]
    if block["type"] == "thinking":
        said = {"type": "thinking_delta", "thinking": block.get("thinking") or ""}
        signed = {"type": "signature_delta", "signature": block.get("signature") or ""}
        return block | {"thinking": "", "signature": ""}, [said, signed]
    return block, []


def _event(kind: str, **data: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n"


def error(message: str, kind: str, code: str) -> str:
    """Anthropic's errors have no code: it stands in the message."""
    kind = "invalid_request_error" if kind == "invalid_request_error" else "permission_error"
    return json.dumps({"type": "error", "error": {"type": kind, "message": f"{code}: {message}"}})


ANTHROPIC = Form(parse, whole, events, error)
