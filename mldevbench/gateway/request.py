"""What an agent may ask of a model: an OpenAI chat completion, rebuilt from the parts that are known to be harmless.

Agent code can send anything to its door, and litellm would act on much of it: fetch an image's address, connect to a tool
server, use another base address. So nothing is passed on that is not named here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

MOST_NESTING = 60
MOST_VALUES = 200_000
MOST_NOTES = 20

_ROLES = ("system", "developer", "user", "assistant", "tool")
_PARAMS: Mapping[str, tuple[type, ...]] = {
    "temperature": (int, float),
    "top_p": (int, float),
    "presence_penalty": (int, float),
    "frequency_penalty": (int, float),
    "max_tokens": (int,),
    "max_completion_tokens": (int,),
    "stop": (str, list),
    "tool_choice": (str, dict),
    "parallel_tool_calls": (bool,),
    "response_format": (dict,),
    "reasoning_effort": (str,),
}
_TOOL: Mapping[str, type] = {"description": str, "parameters": dict, "strict": bool}
_OURS = ("model", "messages", "tools", "stream", "stream_options", "n", "seed", "user")


class BadRequest(ValueError):
    """The request is no chat completion that the gateway passes on."""


@dataclass(frozen=True, slots=True)
class Request:
    """A checked request. `notes` says what was changed or left out."""

    messages: tuple[dict[str, Any], ...]
    tools: tuple[dict[str, Any], ...] = ()
    params: tuple[tuple[str, Any], ...] = ()
    stream: bool = False
    include_usage: bool = False
    notes: tuple[str, ...] = ()

    @classmethod
    def parse(cls, body: Any) -> Request:
        """From the body of a `POST /v1/chat/completions`. Raises BadRequest."""
        if not isinstance(body, Mapping):
            raise BadRequest("the body is no JSON object")
        body = plain(body)
        messages, tools = body.get("messages"), body.get("tools") or []
        if not isinstance(messages, Sequence) or isinstance(messages, str) or not messages:
            raise BadRequest("messages must be a list of at least one message")
        if not isinstance(tools, Sequence) or isinstance(tools, str):
            raise BadRequest("tools must be a list")
        if body.get("n") not in (None, 1):
            raise BadRequest("n must be 1")
        params = {k: _param(k, v) for k, v in body.items() if k in _PARAMS and v is not None}
        if not tools:
            params = {k: v for k, v in params.items() if k not in ("tool_choice", "parallel_tool_calls")}
        options = body.get("stream_options")
        return cls(
            tuple(_message(m) for m in messages),
            tuple(_tool(t) for t in tools),
            tuple(params.items()),
            stream=bool(body.get("stream")),
            include_usage=isinstance(options, Mapping) and bool(options.get("include_usage")),
            notes=tuple(_notes(body))[:MOST_NOTES],
        )

    def with_user_message(self) -> Request:
        """The same, with the last system message turned into a user message when there is nothing but system messages."""
        if any(m["role"] not in ("system", "developer") for m in self.messages):
            return self
        *rest, last = self.messages
        note = "system message sent as a user message"
        return replace(self, messages=(*rest, {**last, "role": "user"}), notes=(*self.notes, note))


def _notes(body: Mapping[str, Any]) -> Iterator[str]:
    if body.get("seed") is not None:
        yield "seed replaced by the trial's"
    yield from (f"dropped {name[:40]}" for name in body if name not in _PARAMS and name not in _OURS)


def plain(body: Any) -> Any:
    """A copy of a JSON value of bounded size and depth. Lone surrogates, which no provider's UTF-8 can carry, are replaced."""
    left = MOST_VALUES

    def copy(value: Any, depth: int) -> Any:
        nonlocal left
        left -= 1
        if left < 0 or depth > MOST_NESTING:
            raise BadRequest(f"more than {MOST_VALUES} values, or nested deeper than {MOST_NESTING} levels")
        if isinstance(value, str):
            return value if value.isascii() else value.encode("utf-8", "replace").decode()
        if isinstance(value, Mapping):
            return {copy(str(key), depth): copy(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [copy(item, depth + 1) for item in value]
        if value is None or isinstance(value, int) and abs(value) < 2**63 or isinstance(value, float) and math.isfinite(value):
            return value
        raise BadRequest("a value is no JSON, or too large a number")

    return copy(body, 0)


def _param(name: str, value: Any) -> Any:
    if not isinstance(value, _PARAMS[name]) or isinstance(value, list) and not all(isinstance(item, str) for item in value):
        raise BadRequest(f"{name} has the wrong type")
    return value


def _message(message: Any) -> dict[str, Any]:
    if not isinstance(message, Mapping) or message.get("role") not in _ROLES:
        raise BadRequest(f"each message needs a role: {', '.join(_ROLES)}")
    clean: dict[str, Any] = {"role": message["role"], "content": _content(message.get("content"))}
    if message["role"] == "tool":
        clean["tool_call_id"] = _string(message.get("tool_call_id"), "tool_call_id")
    if message["role"] == "assistant" and message.get("tool_calls"):
        if not isinstance(message["tool_calls"], Sequence):
            raise BadRequest("tool_calls must be a list")
        clean["tool_calls"] = [_call(c) for c in message["tool_calls"]]
    if message["role"] != "assistant" and clean["content"] is None:
        raise BadRequest(f"a {message['role']} message needs content")
    if message["role"] == "assistant":
        reasoning, blocks = message.get("reasoning_content"), message.get("thinking_blocks")
        clean |= {"reasoning_content": reasoning} if isinstance(reasoning, str) else {}
        clean |= {"thinking_blocks": blocks} if isinstance(blocks, list) and all(isinstance(b, dict) for b in blocks) else {}
    return clean


def _content(content: Any) -> Any:
    if content is None or isinstance(content, str):
        return content
    if not isinstance(content, Sequence):
        raise BadRequest("content must be a text or a list of parts")
    return [_part(p) for p in content]


def _part(part: Any) -> dict[str, Any]:
    kind = part.get("type") if isinstance(part, Mapping) else None
    if kind == "text":
        clean = {"type": "text", "text": _string(part.get("text"), "text")}
        return clean | ({"cache_control": {"type": "ephemeral"}} if part.get("cache_control") else {})
    if kind == "image_url":
        image = part.get("image_url")
        url = image.get("url") if isinstance(image, Mapping) else image
        if not _string(url, "image_url").startswith("data:image/"):
            raise BadRequest("an image must come as data:image/...; addresses are not fetched")
        return {"type": "image_url", "image_url": {"url": url}}
    raise BadRequest("a content part must be of type text or image_url")


def _call(call: Any) -> dict[str, Any]:
    function = call.get("function") if isinstance(call, Mapping) else None
    if not isinstance(function, Mapping):
        raise BadRequest("each tool call needs a function")
    name, arguments = _string(function.get("name"), "function name"), _string(function.get("arguments"), "function arguments")
    return {
        "id": _string(call.get("id"), "tool call id"),
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }


def _tool(tool: Any) -> dict[str, Any]:
    function = tool.get("function") if isinstance(tool, Mapping) else None
    if not isinstance(function, Mapping) or tool.get("type") != "function":
        raise BadRequest("a tool must be of type function")
    clean = {k: function[k] for k in _TOOL if function.get(k) is not None}
    if not all(isinstance(value, _TOOL[key]) for key, value in clean.items()):
        raise BadRequest("a tool's description, parameters or strict has the wrong type")
    return {"type": "function", "function": {"name": _string(function.get("name"), "function name"), **clean}}


def _string(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise BadRequest(f"{what} must be a string")
    return value
