"""`scripted/...` as a litellm custom provider. Importing this loads litellm."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from litellm.llms.custom_llm import CustomLLM
from litellm.types.utils import Choices, GenericStreamingChunk, Message, ModelResponse, Usage

from mldevbench.gateway.scripted.play import tokens
from mldevbench.gateway.scripted.script import Action, Call, turns

_PIECE = 24
"""Characters in one chunk of a stream."""

Chooser = Callable[[str, list[dict[str, Any]], list[dict[str, Any]]], Action]
"""(door id, messages, tools) -> the next action of the play behind that door."""


class ScriptedProvider(CustomLLM):
    """Deterministic and without any state of its own."""

    def __init__(self, choose: Chooser) -> None:
        super().__init__()
        self._choose = choose

    def _turn(self, kwargs: dict[str, Any]) -> tuple[str, list[dict[str, Any]], dict[str, Any]]:
        """What is said, the tool calls as OpenAI writes them, and the usage."""
        messages, tools = kwargs["messages"], kwargs["optional_params"].get("tools") or []
        action = self._choose(kwargs["litellm_params"]["metadata"]["door"], messages, tools)
        calls = [_call(f"call_{turns(messages)}_{i}", call) for i, call in enumerate(action.calls)]
        prompt, completion = tokens([messages, tools]), tokens(action.text) + tokens([c["function"] for c in calls] or "")
        usage: dict[str, Any] = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
        return action.text, calls, usage

    async def acompletion(self, *args: Any, **kwargs: Any) -> ModelResponse:
        text, calls, usage = self._turn(kwargs)
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if calls:
            message["tool_calls"] = calls
        response: ModelResponse = kwargs["model_response"]
        response.choices = [Choices(index=0, message=Message(**message), finish_reason=_finish(calls))]
        response.usage = Usage(**usage)  # type: ignore[attr-defined]
        return response

    async def astreaming(self, *args: Any, **kwargs: Any) -> AsyncIterator[GenericStreamingChunk]:  # type: ignore[override]
        text, calls, usage = self._turn(kwargs)
        for piece in _pieces(text):
            yield _chunk(text=piece)
        for index, call in enumerate(calls):
            name, arguments = call["function"]["name"], call["function"]["arguments"]
            yield _chunk(tool={**call, "index": index, "function": {"name": name, "arguments": ""}})
            for piece in _pieces(arguments):
                yield _chunk(
                    tool={"id": None, "type": "function", "index": index, "function": {"name": None, "arguments": piece}}
                )
        yield _chunk(finish=_finish(calls), usage=usage)


def _call(name: str, call: Call) -> dict[str, Any]:
    arguments = json.dumps(call.arguments, ensure_ascii=False)
    return {"id": name, "type": "function", "function": {"name": call.tool, "arguments": arguments}}


def _finish(calls: list[dict[str, Any]]) -> str:
    return "tool_calls" if calls else "stop"


def _pieces(text: str) -> list[str]:
    return [text[i : i + _PIECE] for i in range(0, len(text), _PIECE)]


def _chunk(*, text: str = "", tool: Any = None, finish: str = "", usage: Any = None) -> GenericStreamingChunk:
    return GenericStreamingChunk(text=text, tool_use=tool, is_finished=bool(finish), finish_reason=finish, usage=usage, index=0)
