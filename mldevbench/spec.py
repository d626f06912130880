"""What is to be run: names with arguments, limits, trials and sweeps, and the content keys that identify them."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import parse_qsl, quote

from mldevbench.outcome import UserError

PROFILES = ("mini", "full")


@dataclass(frozen=True, slots=True)
class Named:
    """A name with arguments, written `name` or `name?key=value&key=value`: an agent or a model.

    Arguments are part of the trial's key; their order is not.
    """

    name: str
    args: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Named:
        name, _, query = text.strip().partition("?")
        try:
            pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
        except ValueError:
            raise UserError(f"cannot read the arguments of {text!r}; write name?key=value&key=value") from None
        if not name:
            raise UserError(f"no name in {text!r}; write name or name?key=value&key=value")
        if len({k for k, _ in pairs}) < len(pairs):
            raise UserError(f"an argument is given twice in {text!r}; give each once")
        return cls(name, tuple(sorted(pairs)))

    def arguments(self) -> dict[str, str]:
        return dict(self.args)

    def to_dict(self) -> dict[str, Any]:
        """As JSON would give it back."""
        return {"name": self.name, "args": [[key, value] for key, value in self.args]}

    def __str__(self) -> str:
        if not self.args:
            return self.name
        return self.name + "?" + "&".join(f"{quote(k)}={quote(v, safe='/:')}" for k, v in self.args)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a trial may use. None is no limit; time excludes waiting for leases, cost counts models with a known price."""

    max_steps: int | None = 50
    max_time_s: float | None = None
    max_tokens: int | None = None
    max_cost_usd: float | None = None

    def __post_init__(self) -> None:
        for name in ("max_steps", "max_time_s", "max_tokens", "max_cost_usd"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise UserError(f"a trial's limit {name.replace('_', '-')} is {value}; give a number above 0")


_LIMITS = tuple(field.name for field in fields(Limits))


@dataclass(frozen=True, slots=True)
class Resources:
    """What a task (or one command) asks of a node. `gpus` may be a fraction; memory is in bytes.

    `lent` GPUs are not held: the node must have so many, and lends them to commands.
    """

    cpus: float = 1.0
    gpus: float = 0.0
    memory: int = 2 * 2**30
    accelerator: str | None = None
    lent: float = 0.0

    def __str__(self) -> str:
        parts = [f"{self.cpus:g} CPU", f"{self.memory / 2**30:.3g} GiB"]
        kind = f" ({self.accelerator})" if self.accelerator else ""
        if self.gpus:
            parts.append(f"{self.gpus:g} GPU{kind}")
        if self.lent:
            parts.append(f"{self.lent:g} GPU{kind} for its commands")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class TrialSpec:
    """One cell of a sweep. Its key is the hash of everything here, so it never depends on order or on neighbours."""

    task: str
    task_digest: str
    agent: Named
    agent_digest: str
    model: Named | None
    seed: int
    profile: str
    limits: Limits

    @property
    def key(self) -> str:
        """24 hexadecimal digits of a SHA-256 over the canonical JSON of this spec."""
        return content_key(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """As JSON would give it back. (By hand: a sweep asks for all of its keys, and `asdict` takes seven times as long.)"""
        rest = {k: getattr(self, k) for k in ("task", "task_digest", "agent_digest", "seed", "profile")}
        limits = {k: getattr(self.limits, k) for k in _LIMITS}
        return {**rest, "agent": self.agent.to_dict(), "model": self.model and self.model.to_dict(), "limits": limits}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> TrialSpec:
        def named(value: Mapping[str, Any]) -> Named:
            return Named(value["name"], tuple((k, v) for k, v in value["args"]))

        rest = {k: data[k] for k in ("task", "task_digest", "agent_digest", "seed", "profile")}
        return cls(
            agent=named(data["agent"]),
            model=named(data["model"]) if data["model"] else None,
            limits=Limits(**data["limits"]),
            **rest,
        )

    def __str__(self) -> str:
        model = f" {self.model}" if self.model else ""
        return f"{self.task} {self.agent}{model} seed {self.seed}"


@dataclass(frozen=True, slots=True)
class Arm:
    """One agent with one model (or none): what a sweep compares."""

    agent: Named
    agent_digest: str
    model: Named | None


@dataclass(frozen=True, slots=True)
class SweepSpec:
    """A set of trials: arms x tasks x seeds x limits. `tasks` holds (id, digest) pairs."""

    arms: tuple[Arm, ...]
    tasks: tuple[tuple[str, str], ...]
    seeds: tuple[int, ...]
    profile: str
    limits: tuple[Limits, ...]

    def __len__(self) -> int:
        return len(self.arms) * len(self.tasks) * len(self.seeds) * len(self.limits)

    def trials(self, expected: Callable[[str, Arm, Limits], float] | None = None) -> Iterator[TrialSpec]:
        """The trials one by one, seed by seed, so that an interrupted sweep is balanced over tasks and arms.

        Within a seed those that are `expected` (seconds of a task's trials) to take longest come first, so that none of them
        begins when all others have ended.
        """
        cells = list(itertools.product(self.limits, self.tasks, self.arms))
        if expected is not None:
            cells.sort(key=lambda cell: -expected(cell[1][0], cell[2], cell[0]))
        for seed in self.seeds:
            for limits, (task, digest), arm in cells:
                yield TrialSpec(task, digest, arm.agent, arm.agent_digest, arm.model, seed, self.profile, limits)


_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode


def content_key(data: Any) -> str:
    return hashlib.sha256(_canonical(data).encode()).hexdigest()[:24]


def parse_seeds(text: str) -> tuple[int, ...]:
    """Seeds from `5` (0 to 4), `0-9` (both ends) or `1,3,7` (and mixtures such as `0-2,7`)."""
    mend = "write a count (5), a range (0-9) or a list (1,3,7)"
    seeds: list[int] = []
    parts = [p.strip() for p in str(text).split(",")]
    for part in parts:
        first, dash, last = part.partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise UserError(f"seeds {text!r}: {part!r} is not a seed; {mend}")
        if dash and int(last) < int(first):
            raise UserError(f"seeds {text!r}: the range {part} runs backwards; {mend}")
        if dash:
            seeds.extend(range(int(first), int(last) + 1))
        elif len(parts) == 1:
            seeds.extend(range(int(first)))
        else:
            seeds.append(int(first))
    if not seeds:
        raise UserError(f"seeds {text!r} is no seed at all; {mend}")
    if max(seeds) >= 2**32:
        raise UserError(f"seeds {text!r}: {max(seeds)} is too large; use seeds below 2**32")
    if len(set(seeds)) < len(seeds):
        raise UserError(f"seeds {text!r} names a seed twice; {mend}")
    return tuple(seeds)
