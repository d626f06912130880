"""AIDE's backend for OpenAI's protocol, connected to the trial's door."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import backoff
import driver_kit as kit
from aide.backend import backend_openai

TRIES = 4
"""How often a call is tried at most. The gateway has its own patience with providers; AIDE's has no end."""


def connect(url: str) -> None:
    """From now on `aide.backend.query` asks this address, whatever key it is given. Each answer is an event, and so a step."""
    os.environ |= {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none"}
    backend_openai._setup_custom_client()
    # The door always answers in the end: a second call beside one that waits for a rate limit would be paid twice.
    backend_openai._custom_client = backend_openai._custom_client.with_options(timeout=None)
    backend_openai.backoff_create = _completion


def _completion(create: Callable[..., Any], retried: tuple[type[Exception], ...], **request: Any) -> Any:
    completion = backoff.on_exception(backoff.expo, retried, max_tries=TRIES, factor=1.5)(create)(**request)
    message = completion.choices[0].message
    calls = [call.function for call in message.tool_calls or ()]
    kit.model(message.content or "", [call.name for call in calls])
    for call in calls:
        kit.tool_call(call.name, call.arguments)
    return completion
