"""From what a user writes (options, a YAML file) to what is run: every name looked up, every number checked."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from mldevbench.catalog import Catalog
from mldevbench.keys import provider_keys
from mldevbench.outcome import UserError
from mldevbench.redact import Secrets
from mldevbench.spec import Arm, Limits, Named, Resources, SweepSpec, parse_seeds

if TYPE_CHECKING:
    from mldevbench.gateway import Price, RateLimits

N = TypeVar("N", int, float)


class SweepOptions(BaseModel):
    """What can be asked of a sweep. A YAML file has these keys; options on the command line come before them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str | None = None
    agents: tuple[str, ...] = ("react",)
    models: tuple[str, ...] = ()
    tasks: str = "all"
    seeds: str = "5"
    profile: Literal["mini", "full"] = "mini"
    max_steps: tuple[int, ...] = (50,)
    max_time: tuple[float, ...] = ()
    max_tokens: tuple[int, ...] = ()
    max_trial_cost_usd: tuple[float, ...] = ()
    max_cost_usd: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    concurrency: int = Field(default=16, gt=0)
    retries: int = Field(default=2, ge=0)
    retry: tuple[Literal["infra", "grader", "cancelled"], ...] = ()
    patience: float = Field(default=600.0, ge=0)
    out: str | None = None
    prices: tuple[str, ...] = ()
    api_bases: tuple[str, ...] = ()
    rpms: tuple[str, ...] = ()
    tpms: tuple[str, ...] = ()
    isolation: str | None = None
    allow_unsandboxed: bool = False
    on_missing_gpu: Literal["error", "skip", "cpu"] = "error"
    wait_for_nodes: bool = False
    log_format: Literal["text", "json"] = "text"

    @field_validator("tasks", "seeds", mode="before")
    @classmethod
    def _joined(cls, value: Any) -> Any:
        """YAML may give a list or a number where the command line has text with commas."""
        return ",".join(map(str, value)) if isinstance(value, list) else str(value)

    @field_validator("agents", "models", "retry", "max_steps", "max_time", "max_tokens", "max_trial_cost_usd", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value if isinstance(value, (list, tuple)) else (value,)

    def api_base_map(self) -> dict[str, str]:
        """Provider -> address. Raises UserError for an entry that is not PROVIDER=URL."""
        pairs = [entry.partition("=") for entry in self.api_bases]
        for provider, _, url in pairs:
            if not provider or not url.startswith(("http://", "https://")):
                raise UserError(f"--api-base {provider}=... is no PROVIDER=URL; write openai=http://host:port/v1")
        return {provider: url for provider, _, url in pairs}

    def price_map(self) -> dict[str, Price]:
        """Model -> price. Raises UserError for an entry that is not MODEL=IN,OUT[,CACHED]."""
        from mldevbench.gateway import Price

        return dict(Price.parse(p) for p in self.prices)

    def rate_limits(self) -> dict[str, RateLimits]:
        """Provider -> calls and tokens a minute. Raises UserError for an entry that is not PROVIDER=N."""
        from mldevbench.gateway import RateLimits

        rpm, tpm = _per_minute("--rpm", self.rpms), _per_minute("--tpm", self.tpms)
        return {provider: RateLimits(rpm.get(provider), tpm.get(provider)) for provider in {**rpm, **tpm}}

    def secrets(self) -> Secrets:
        """The provider keys, and the credentials in addresses that were given."""
        addresses = {f"api-base {provider}": url for provider, url in self.api_base_map().items()}
        return Secrets.of(provider_keys(), {"out": self.out or "", **addresses})


def read_options(path: str | None, given: Mapping[str, Any]) -> SweepOptions:
    """Options from a YAML file, overridden by those given (None is not given). Raises UserError naming file and key."""
    stated: dict[str, Any] = {}
    if path is not None:
        stated = _read_yaml(Path(path))
    merged = stated | {k: v for k, v in given.items() if v is not None}
    try:
        return SweepOptions.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0])
        where = f"{path}: {key}" if key in stated and given.get(key) is None else "--" + key.replace("_", "-")
        known = ", ".join(SweepOptions.model_fields)
        if first["type"] == "extra_forbidden":
            raise UserError(f"{path}: there is no option {key!r}; the options are {known}") from None
        raise UserError(f"{where} is {first['input']!r}: {first['msg'].lower()}") from None


def _read_yaml(path: Path) -> dict[str, Any]:
    import yaml

    try:
        data = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read {path}: {error}") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path} is no YAML: {' '.join(str(error).split())}") from None
    if not isinstance(data, dict) or not all(isinstance(k, str) for k in data):
        raise UserError(f"{path} holds {type(data).__name__}; write one mapping of options to values")
    return data


def resolve(options: SweepOptions, catalog: Catalog) -> SweepSpec:
    """Looks up every name. Raises UserError for the first that is wrong, and for a key among what would be recorded."""
    secrets = options.secrets()
    for key, value in options.model_dump(exclude={"api_bases", "out"}).items():
        if secrets.hide(value) != value:
            option = "--" + key.replace("_", "-")
            raise UserError(f"{option} holds a provider key, and would be recorded; keys belong in the environment")
    tasks = catalog.select(options.tasks)
    for task in tasks:
        task.profile(options.profile)
    return SweepSpec(
        arms=tuple(_arms(options, catalog)),
        tasks=tuple((t.id, t.digest) for t in tasks),
        seeds=parse_seeds(options.seeds),
        profile=options.profile,
        limits=tuple(limits_grid(options)),
    )


def shapes(sweep: SweepSpec, catalog: Catalog) -> dict[tuple[str, str], Resources]:
    """What a trial of each task by each agent asks of a node: what the task does, and the memory of the largest of the sweep's
    agents, so that their trials can share their actors. Agents whose commands ask for GPUs hold none.
    """
    agents = {arm.agent.name: catalog.agent(arm.agent.name) for arm in sweep.arms}
    memory = max(agent.memory for agent in agents.values())
    found = {}
    for task, _ in sweep.tasks:
        shape = catalog.task(task).profile(sweep.profile).shape
        shape = replace(shape, memory=shape.memory + memory)
        for name, agent in agents.items():
            by_command = agent.file.gpu_hold == "command"
            found[task, name] = replace(shape, gpus=0.0, lent=shape.gpus) if by_command else shape
    return found


def environments(sweep: SweepSpec, catalog: Catalog) -> list[str]:
    """What will be installed for the sweep's agents, and how large it is: a line for each environment that is not here yet."""
    agents = {arm.agent.name: catalog.agent(arm.agent.name) for arm in sweep.arms}
    return [
        f"agent {agent.id}: its packages are installed first, once a node: {agent.file.environment.size}"
        for agent in agents.values()
        if agent.file.environment and not agent.is_built
    ]


def limits_grid(options: SweepOptions) -> list[Limits]:
    """Every combination of the limits that were given as lists."""
    axes: Sequence[Sequence[Any]] = [
        options.max_steps or (None,),
        options.max_time or (None,),
        options.max_tokens or (None,),
        options.max_trial_cost_usd or (None,),
    ]
    return [Limits(*values) for values in itertools.product(*axes)]


def _per_minute(option: str, entries: Iterable[str]) -> dict[str, float]:
    limits: dict[str, float] = {}
    for entry in entries:
        provider, _, count = entry.strip().partition("=")
        if not provider or not count.isdecimal() or not int(count) or provider in limits:
            raise UserError(f"{option} {entry!r} is no new PROVIDER=N with a whole number above 0; write {option} openai=500")
        limits[provider] = int(count)
    return limits


def _check_shared(options: SweepOptions, models: Sequence[Named]) -> None:
    """Raises UserError for a limit of a provider that nobody asks, and for a budget that could not be kept."""
    from mldevbench.gateway import is_synthetic, price_known, provider_of

    providers = sorted({provider_of(model) for model in models if not is_synthetic(model)})
    for provider in options.rate_limits():
        if provider not in providers:
            has = f"its providers are {', '.join(providers)}" if providers else "it asks none"
            raise UserError(f"--rpm or --tpm {provider}=...: no model of this sweep is of that provider; {has}")
    prices = options.price_map()
    for model in models:
        if options.max_cost_usd is not None and not price_known(model, prices):
            raise UserError(f"--max-cost-usd: no price is known for model {model.name!r}; give --price {model.name}=IN,OUT")


def _arms(options: SweepOptions, catalog: Catalog) -> Iterable[Arm]:
    """Agents x models; agents without a model come once."""
    from mldevbench.gateway import check_model

    models = list(dict.fromkeys(Named.parse(m) for m in options.models))
    for each in models:
        check_model(each, provider_keys(), options.api_base_map())
    _check_shared(options, models)
    for named in dict.fromkeys(Named.parse(a) for a in options.agents):
        agent = catalog.agent(named.name)
        agent.check(named.arguments())
        if agent.file.model and not models:
            raise UserError(f"agent {agent.id} needs a model; give one with --models (scripted/oracle needs no network)")
        asked: Sequence[Named | None] = models if agent.file.model else [None]
        for model in asked:
            yield Arm(named, agent.digest, model)
