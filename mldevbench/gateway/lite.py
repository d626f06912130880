"""Loads litellm, set up for us: its own price file, no printing, no retries or dropped errors behind our back."""

from __future__ import annotations

import functools
import logging
import os
from types import ModuleType
from typing import NoReturn

# Set before anything can import litellm, which would fetch prices from the network then.
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
_LOUD = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "openai", "anthropic", "httpx", "httpcore")
"""Loggers that environment variables (LITELLM_LOG, OPENAI_LOG, ...) would turn on."""


def load() -> ModuleType:
    """litellm. The first call takes seconds of CPU."""
    import litellm

    litellm.suppress_debug_info = True
    litellm.drop_params = True
    litellm.telemetry = False
    # What goes wrong reaches us as an exception, which is cleared of keys; log lines, of whole requests and answers, are not.
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    _hold_back()
    return litellm


@functools.cache
def _hold_back() -> None:
    """litellm's own HTTP client asks once, and where it was told to.

    By itself it sends a request whose connection broke a second time, which may be paid twice, and it follows a redirect to
    another host with the key in a header that httpx knows nothing of.
    """
    from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler

    async def raise_again(*_: object, **__: object) -> NoReturn:
        raise  # noqa: PLE0704  what litellm is handling

    once = functools.partialmethod(AsyncHTTPHandler.__init__, follow_redirects=False)
    AsyncHTTPHandler.__init__ = once  # type: ignore[method-assign, assignment]
    AsyncHTTPHandler.single_connection_post_request = raise_again  # type: ignore[method-assign]
