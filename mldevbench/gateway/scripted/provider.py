"""`scripted/...` as a litellm custom provider. Importing this loads litellm."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from litellm.llms.custom_llm import CustomLLM
from litellm.types.utils import Choices, GenericStreamingChunk, Message, ModelResponse, Usage

from mldevbench.gateway.scripted.play import Action, tokens

_PIECE = 24
"""Characters in one chunk of a stream."""

Chooser = Callable[[str, list[dict[str, Any]], list[dict[str, Any]]], Action]
"""(door id, messages, tools) -> the next action of the play behind that door."""


class ScriptedProvider(CustomLLM):
    """Deterministic and without any state of its own."""

    def __init__(self, choose: Chooser) -> None:
        super().__init__()
        self._choose = choose

    def _turn(self, kwargs: dict[str, Any]) -> tuple[Action, str | None, dict[str, Any]]:
        messages, tools = kwargs["messages"], kwargs["optional_params"].get("tools") or []
        action = self._choose(kwargs["litellm_params"]["metadata"]["door"], messages, tools)
        arguments = None if action.tool is None else json.dumps(action.arguments, ensure_ascii=False)
        prompt, completion = tokens([messages, tools]), tokens(action.text) + tokens(arguments or "")
        usage: dict[str, Any] = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
        return action, arguments, usage

    async def acompletion(self, *args: Any, **kwargs: Any) -> ModelResponse:
        action, arguments, usage = self._turn(kwargs)
        message: dict[str, Any] = {"role": "assistant", "content": action.text}
        if action.tool is not None:
            message["tool_calls"] = [_call(kwargs["messages"], action.tool, arguments)]
        response: ModelResponse = kwargs["model_response"]
        finish = "stop" if action.tool is None else "tool_calls"
        response.choices = [Choices(index=0, message=Message(**message), finish_reason=finish)]
        response.usage = Usage(**usage)  # type: ignore[attr-defined]
        return response

    async def astreaming(self, *args: Any, **kwargs: Any) -> AsyncIterator[GenericStreamingChunk]:  # type: ignore[override]
        action, arguments, usage = self._turn(kwargs)
        for piece in _pieces(action.text):
            yield _chunk(text=piece)
        if action.tool is not None:
            head = _call(kwargs["messages"], action.tool, "")
            yield _chunk(tool={**head, "index": 0})
            for piece in _pieces(arguments or ""):
                yield _chunk(tool={"id": None, "type": "function", "index": 0, "function": {"name": None, "arguments": piece}})
        yield _chunk(finish="stop" if action.tool is None else "tool_calls", usage=usage)


def _call(messages: list[dict[str, Any]], name: str, arguments: str | None) -> dict[str, Any]:
    turn = sum(m["role"] == "assistant" for m in messages)
    return {"id": f"call_{turn}", "type": "function", "function": {"name": name, "arguments": arguments}}


def _pieces(text: str) -> list[str]:
    return [text[i : i + _PIECE] for i in range(0, len(text), _PIECE)]


def _chunk(*, text: str = "", tool: Any = None, finish: str = "", usage: Any = None) -> GenericStreamingChunk:
    return GenericStreamingChunk(text=text, tool_use=tool, is_finished=bool(finish), finish_reason=finish, usage=usage, index=0)
