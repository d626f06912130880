"""Which model is meant: its provider, its arguments, and whether it can be used at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mldevbench.gateway.lite import load
from mldevbench.gateway.prices import Price, listed
from mldevbench.gateway.scripted.policies import Policy
from mldevbench.outcome import UserError
from mldevbench.redact import credentials, names_secret
from mldevbench.spec import Named

SCRIPTED = "scripted"

# Providers whose credentials are not simply PROVIDER_API_KEY: name of the variable -> argument of litellm's call.
_CREDENTIALS: Mapping[str, Mapping[str, str]] = {
    "azure": {"AZURE_API_KEY": "api_key", "AZURE_API_BASE": "api_base", "AZURE_API_VERSION": "api_version"},
    "bedrock": {
        "AWS_ACCESS_KEY_ID": "aws_access_key_id",
        "AWS_SECRET_ACCESS_KEY": "aws_secret_access_key",
        "AWS_REGION_NAME": "aws_region_name",
    },
    "together_ai": {"TOGETHERAI_API_KEY": "api_key"},
}
_NEED_USER_MESSAGE = ("anthropic", "claude", "gemini")


@dataclass(frozen=True, slots=True)
class Target:
    """A model as litellm knows it: `anthropic/claude-x` has the provider `anthropic` and the bare name `claude-x`."""

    name: str
    provider: str
    bare: str
    args: tuple[tuple[str, Any], ...] = ()

    @property
    def scripted(self) -> bool:
        return self.provider == SCRIPTED

    @property
    def needs_user_message(self) -> bool:
        """Whether the provider refuses a conversation that has system messages only."""
        return any(word in self.name or word in self.provider for word in _NEED_USER_MESSAGE)

    def credentials(self, keys: Mapping[str, str]) -> dict[str, str]:
        """The arguments of a litellm call that this provider takes from `keys` (variable name -> secret)."""
        names = _CREDENTIALS.get(self.provider, {f"{self.provider.upper()}_API_KEY": "api_key"})
        return {argument: keys[name] for name, argument in names.items() if keys.get(name)}


def is_synthetic(model: Named) -> bool:
    """Whether the model is scripted: its results say nothing about any real model."""
    return model.name.partition("/")[0] == SCRIPTED


def resolve(model: Named) -> Target:
    """Raises UserError for an unknown provider or scripted policy."""
    provider, _, rest = model.name.partition("/")
    if provider == SCRIPTED:
        Policy.parse(model)
        return Target(model.name, SCRIPTED, rest)
    litellm = load()
    try:
        bare, provider, _, _ = litellm.get_llm_provider(model.name)
    except Exception:
        raise UserError(
            f"model {model.name!r}: litellm knows no such provider or model; write PROVIDER/MODEL, such as openai/gpt-4o"
        ) from None
    return Target(model.name, provider, bare, tuple((k, _value(v)) for k, v in model.args))


def provider_of(model: Named) -> str:
    """The name by which litellm and `--rpm` know its provider. Raises UserError for an unknown one."""
    return resolve(model).provider


def _value(text: str) -> int | float | bool | str:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def check_model(model: Named, keys: Mapping[str, str] | None = None, api_bases: Mapping[str, str] | None = None) -> None:
    """Raises UserError for a model that cannot work: unknown policy, unknown provider, no key for it, or one in its arguments.

    `keys` maps names of environment variables to secrets; by default it is the process environment. A provider with an
    `api_bases` entry of its own needs no key.
    """
    target = resolve(model)
    for name, value in model.args:
        if names_secret(name) or credentials(value):
            mend = "arguments are recorded with every trial; set the provider's environment variable or use $MLDEVBENCH_KEYS_FILE"
            raise UserError(f"model {model.name!r}: the argument {name} holds a secret, but {mend}")
    if target.scripted or target.provider in (api_bases or {}):
        return
    litellm = load()
    keys = os.environ if keys is None else keys
    wanted = list(_CREDENTIALS.get(target.provider, {})) or litellm.validate_environment(model.name)["missing_keys"]
    own = f"{target.provider.upper()}_API_KEY"
    if target.provider not in _CREDENTIALS and own in wanted:
        wanted = [own]  # of several spellings, the one that the gateway passes on
    missing = [name for name in wanted if not keys.get(name)]
    if missing:
        raise UserError(f"model {model.name!r}: no key for {target.provider}; set {' and '.join(missing)}")


def price_known(model: Named, prices: Mapping[str, Price]) -> bool:
    """Whether the cost of calls to this model can be told. (Scripted models are known to cost nothing.)"""
    target = resolve(model)
    return target.name in prices or target.scripted or listed(target) is not None
