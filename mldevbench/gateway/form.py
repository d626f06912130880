"""The form in which a client speaks to its door: how its requests are read, and how it is answered. Inside there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mldevbench.gateway.request import Request
from mldevbench.gateway.upstream import Answer


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client asked. `stream` says that it wants its answer in pieces, however the provider is asked."""

    request: Request
    stream: bool


@dataclass(frozen=True, slots=True)
class Form:
    """`parse` raises BadRequest. `whole` and `events` take the model's name; `events` are those of a stream, each with its end.

    `error` makes the body of a refusal from its message, kind and code.
    """

    parse: Callable[[Any], Asked]
    whole: Callable[[str, Answer], dict[str, Any]]
    events: Callable[[str, Answer, Request], Iterator[str]]
    error: Callable[[str, str, str], str]
