"""What a call costs: by the sweep's own prices, else by litellm's price map, else unknown (null, never 0)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mldevbench.gateway.lite import load
from mldevbench.outcome import UserError

if TYPE_CHECKING:
    from mldevbench.gateway.models import Target


@dataclass(frozen=True, slots=True)
class Tokens:
    """Counts of one answer, null where the provider gave none. `prompt` includes `cached`, `completion` includes `reasoning`."""

    prompt: int | None = None
    completion: int | None = None
    cached: int | None = None
    reasoning: int | None = None

    @classmethod
    def of(cls, usage: Any) -> Tokens:
        """From a litellm `Usage`. It fills in zeros where the provider said nothing, but no prompt has 0 tokens."""
        if usage is None or not usage.prompt_tokens:
            return cls()
        prompt, completion = usage.prompt_tokens_details, usage.completion_tokens_details
        return cls(
            usage.prompt_tokens,
            usage.completion_tokens,
            getattr(prompt, "cached_tokens", None),
            getattr(completion, "reasoning_tokens", None),
        )


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens. Cached input costs as much as fresh input unless said otherwise."""

    input_usd_per_million: float
    output_usd_per_million: float
    cached_usd_per_million: float | None = None

    @staticmethod
    def parse(text: str) -> tuple[str, Price]:
        """A model's name and its price from `MODEL=IN,OUT[,CACHED]`."""
        model, equals, numbers = text.strip().rpartition("=")
        mend = "write MODEL=IN,OUT or MODEL=IN,OUT,CACHED in USD per million tokens"
        try:
            values = [float(n) for n in numbers.split(",")]
        except ValueError:
            values = []
        if not model or not equals or len(values) not in (2, 3) or not all(math.isfinite(v) and v >= 0 for v in values):
            raise UserError(f"cannot read the price {text!r}; {mend}")
        return model, Price(*values)

    def cost_usd(self, tokens: Tokens) -> float | None:
        if tokens.prompt is None or tokens.completion is None:
            return None
        cached = tokens.cached or 0
        cached_price = self.input_usd_per_million if self.cached_usd_per_million is None else self.cached_usd_per_million
        fresh_usd = (tokens.prompt - cached) * self.input_usd_per_million
        return (fresh_usd + cached * cached_price + tokens.completion * self.output_usd_per_million) / 1e6


def listed(target: Target) -> str | None:
    """The model's name in litellm's price map, or None when it has no price there."""
    litellm = load()
    for name in (target.name, target.bare):
        entry: Mapping[str, Any] = litellm.model_cost.get(name, {})
        same = name == target.name or entry.get("litellm_provider") == target.provider
        if same and entry.get("input_cost_per_token") is not None and entry.get("output_cost_per_token") is not None:
            return name
    return None


def tokens_usage(prompt: int, completion: int) -> Any:
    """A litellm `Usage` of so many tokens."""
    return load().Usage(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)


def cost_usd(target: Target, prices: Mapping[str, Price], usage: Any) -> float | None:
    """The cost of an answer with this litellm `Usage`. Scripted models cost nothing unless a price is set for them."""
    tokens = Tokens.of(usage)
    if (price := prices.get(target.name)) is not None:
        return price.cost_usd(tokens)
    if target.scripted:
        return 0.0
    name = listed(target)
    if name is None or tokens.prompt is None:
        return None
    litellm = load()
    try:
        parts = litellm.cost_per_token(model=name, custom_llm_provider=target.provider, usage_object=usage)
    except Exception:  # litellm raises a plain Exception where its map cannot price this call
        return None
    return float(sum(parts))
