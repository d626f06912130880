"""What a failed call means: try again, the provider's fault, or the request's own. Messages are without secrets."""

from __future__ import annotations

import email.utils
import json
import re
import time
from dataclasses import dataclass
from typing import Any, Literal

from mldevbench.gateway.lite import load
from mldevbench.redact import Secrets

Kind = Literal["provider_auth", "provider_rate", "provider_down", "refused", "rejected"]
"""`refused`: this context or content is too much for the model. `rejected`: another 4xx, whatever its cause."""

_SECRET_SHAPES = re.compile(r"(?i)\b(sk-|key-|gsk_|xai-|AIza|AKIA)[\w\-]{8,}|(?<=bearer )\S+|(?<=api[-_]key[\"'=: ]{1})\S+")
_LONGEST_MESSAGE = 600


class Malformed(Exception):
    """The provider answered with something that is no answer."""


@dataclass(eq=False)
class CallFailed(Exception):
    """One attempt at a call failed. `retry_after_s` is the provider's wish; `certain`: whatever was asked, it would have."""

    kind: Kind
    message: str
    retry: bool = False
    retry_after_s: float | None = None
    certain: bool = False

    def __str__(self) -> str:
        return self.message


def classify(error: Exception, secrets: Secrets) -> CallFailed:
    """The message is the error's first line without secrets, and without anything else that is shaped like a key."""
    litellm = load()
    first_line = (str(error).splitlines() or [type(error).__name__])[0]
    message = _SECRET_SHAPES.sub("[key]", secrets.hide(first_line))[:_LONGEST_MESSAGE] or type(error).__name__
    status = getattr(error, "status_code", None)
    if isinstance(error, litellm.ContextWindowExceededError | litellm.ContentPolicyViolationError):
        return CallFailed("refused", message)
    if status in (401, 402, 403) or "insufficient_quota" in str(error):
        return CallFailed("provider_auth", message, certain=True)
    if status == 429:
        return CallFailed("provider_rate", message, retry=True, retry_after_s=retry_after_s(error))
    if isinstance(status, int) and 400 <= status < 500 and status not in (408, 409, 425):
        # litellm says 422 of an answer with status 200 that holds an error instead: routers pass on their providers' faults so.
        return CallFailed("rejected", message, retry=status == 422)
    return CallFailed("provider_down", message, retry=True, retry_after_s=retry_after_s(error))


def retry_after_s(error: Exception) -> float | None:
    """The provider's Retry-After in seconds, written as a number or as a date."""
    for headers in (getattr(error, "litellm_response_headers", None), getattr(getattr(error, "response", None), "headers", None)):
        value: Any = headers.get("retry-after") if headers else None
        if value is None:
            continue
        try:
            return max(0.0, float(value))
        except ValueError:
            when = email.utils.parsedate_tz(value)
            return max(0.0, email.utils.mktime_tz(when) - time.time()) if when else None
    return None


def error_body(message: str, *, kind: str, code: str) -> str:
    """An error as OpenAI's clients expect it."""
    return json.dumps({"error": {"message": message, "type": kind, "param": None, "code": code}})
