"""Loads litellm, set up for us: its own price file, no printing, no retries or dropped errors behind our back."""

from __future__ import annotations

import logging
import os
from types import ModuleType

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
    return litellm
