"""OpenAI's chat completions, which are also the form inside the gateway."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from mldevbench.gateway.faults import error_body
from mldevbench.gateway.form import Asked, Form
from mldevbench.gateway.request import Request
from mldevbench.gateway.upstream import Answer


def parse(body: Any) -> Asked:
    request = Request.parse(body)
    return Asked(request, request.stream)


def whole(model: str, answer: Answer) -> dict[str, Any]:
    choice = {"index": 0, "message": dict(answer.message), "finish_reason": answer.finish_reason}
    return _head(model, "chat.completion") | {"choices": [choice], "usage": _usage(answer)}


def events(model: str, answer: Answer, request: Request) -> Iterator[str]:
    head = _head(model, "chat.completion.chunk")
    deltas = [{"role": "assistant", "content": ""}, *answer.deltas]
    choices = [{"index": 0, "delta": dict(delta), "finish_reason": None} for delta in deltas]
    for choice in [*choices, {"index": 0, "delta": {}, "finish_reason": answer.finish_reason}]:
        yield f"data: {json.dumps(head | {'choices': [choice]})}\n\n"
    if request.include_usage:
        yield f"data: {json.dumps(head | {'choices': [], 'usage': _usage(answer)})}\n\n"
    yield "data: [DONE]\n\n"


def error(message: str, kind: str, code: str) -> str:
    return error_body(message, kind=kind, code=code)


def _usage(answer: Answer) -> dict[str, Any]:
    kept = ("prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details", "completion_tokens_details")
    data: dict[str, Any] = answer.usage.model_dump(exclude_none=True) if answer.usage is not None else {}
    return _numbers({k: data[k] for k in kept if k in data})


def _numbers(data: dict[str, Any]) -> dict[str, Any]:
    """Without the texts that a provider may have put between its counts."""
    return {k: _numbers(v) if isinstance(v, dict) else v for k, v in data.items() if isinstance(v, dict | int | float)}


def _head(model: str, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{time.time_ns():x}", "object": kind, "created": int(time.time()), "model": model}


OPENAI = Form(parse, whole, events, error)
