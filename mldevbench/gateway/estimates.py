"""What a call may take, said before it is made: for the limits that many share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from mldevbench.gateway.leases import Estimate, Used
from mldevbench.gateway.models import Target
from mldevbench.gateway.prices import Price, Tokens, cost_usd, tokens_usage

FIRST_COMPLETION = 4096
"""Tokens out that are expected of a model which has not answered yet."""
BYTES_A_TOKEN = 3
"""English and code have about four."""
_IMAGE_BYTES = 2000 * BYTES_A_TOKEN


class Estimator:
    """Learns from each answer how long a model's answers get. `prices` go before litellm's."""

    def __init__(self, prices: Mapping[str, Price]) -> None:
        self._prices = prices
        self._longest: dict[str, int] = {}

    def priced(self, target: Target) -> bool:
        return target.name in self._prices

    def of(self, target: Target, call: Mapping[str, Any]) -> Estimate:
        """For the arguments of a litellm call: tokens in by their length, tokens out as many as the longest answer had."""
        prompt = math.ceil((_size(call["messages"]) + _size(call.get("tools"))) / BYTES_A_TOKEN)
        asked = [call[name] for name in ("max_tokens", "max_completion_tokens") if isinstance(call.get(name), int)]
        completion = max(0, min([self._longest.get(target.name, FIRST_COMPLETION), *asked]))
        usd = cost_usd(target, self._prices, tokens_usage(prompt, completion))
        return Estimate(prompt + completion, usd or 0.0)

    def used(self, target: Target, usage: Any) -> Used:
        """What an answer with this litellm `Usage` has taken."""
        tokens = Tokens.of(usage)
        if tokens.prompt is None or tokens.completion is None:
            return Used()
        self._longest[target.name] = max(self._longest.get(target.name, 0), tokens.completion)
        return Used(tokens.prompt + tokens.completion, cost_usd(target, self._prices, usage))


def _size(value: Any) -> int:
    """Bytes of all texts in a JSON value; an image counts as 2,000 tokens, whatever its file's size."""
    if isinstance(value, str):
        if value.startswith("data:image/"):
            return _IMAGE_BYTES
        return len(value) if value.isascii() else len(value.encode())
    if isinstance(value, Mapping):
        return sum(_size(key) + _size(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return sum(map(_size, value))
    return 4
