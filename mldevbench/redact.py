"""Keeps keys out of what is recorded and shown: wherever the value of one occurs, its name in brackets takes its place."""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any, TextIO, TypeVar
from urllib.parse import parse_qsl, quote, quote_plus, unquote

SHORTEST = 8
"""Characters of the shortest value that is hidden: shorter ones occur in innocent texts."""
_SETTINGS = ("_VERSION", "_REGION", "_REGION_NAME")
"""Endings of names that stand beside keys and name no secret."""
_SECRET_ARGUMENT = re.compile(
    r"(?i)(api|access|private|secret).?key|secret|passw|credential|authorization|signature|^sig$|^key$|(^|_)token$|headers$"
)
X = TypeVar("X")


class Secrets:
    """Known secrets (name -> value). They are found as they are, quoted for a URL or for JSON, and inside base64."""

    def __init__(self, named: Mapping[str, str]) -> None:
        found = {form: f"[{name}]" for name, value in named.items() if len(value) >= SHORTEST for form in _forms(value)}
        self._names = {form: found[form] for form in sorted(found, key=len, reverse=True)}
        self._pattern = re.compile("|".join(map(re.escape, self._names)))

    @classmethod
    def of(cls, keys: Mapping[str, str], addresses: Mapping[str, str] | None = None) -> Secrets:
        """Those in `keys` (environment variable -> value), and the credentials in `addresses` (what it is for -> URL)."""
        urls = {**{name: value for name, value in keys.items() if "://" in value}, **(addresses or {})}
        named = {k: v for k, v in keys.items() if k not in urls and not k.endswith(_SETTINGS)}
        inside = {f"{name} {what}": value for name, url in urls.items() for what, value in credentials(url).items()}
        return cls(inside | named)

    def __bool__(self) -> bool:
        return bool(self._names)

    @property
    def longest(self) -> int:
        """Characters of the longest form in which a secret is looked for."""
        return max(map(len, self._names), default=0)

    def in_text(self, text: str) -> bool:
        return any(form in text for form in self._names)

    def hide(self, value: X) -> X:
        """The same without secrets, in texts, and in keys and values of lists and mappings however deep."""
        return self._hide(value) if self._names else value

    def _hide(self, value: Any) -> Any:
        match value:
            case str():
                return self._pattern.sub(lambda found: self._names[found[0]], value) if self.in_text(value) else value
            case Mapping():
                return {self._hide(k): self._hide(v) for k, v in value.items()}
            case list():
                return [self._hide(item) for item in value]
            case tuple():
                return tuple(self._hide(item) for item in value)
        return value

    def guard_output(self) -> None:
        """From now on this process prints no secret: not by itself, in a library's log or in a traceback."""
        if self:
            sys.stdout, sys.stderr = _Guarded(sys.stdout, self), _Guarded(sys.stderr, self)


class _Guarded:
    """A text stream that hides secrets in each piece that is written to it."""

    def __init__(self, stream: TextIO, secrets: Secrets) -> None:
        self._stream, self._secrets = stream, secrets

    def write(self, text: str) -> int:
        self._stream.write(self._secrets.hide(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def names_secret(argument: str) -> bool:
    """Whether an argument of this name (`api_key`, `extra_headers`) carries a secret."""
    return _SECRET_ARGUMENT.search(argument) is not None


def credentials(url: str) -> dict[str, str]:
    """The secrets in an address such as `scheme://user:password@host/path?api_key=...`, by what they are."""
    place, _, query = url.partition("?")
    found = {name: value for name, value in parse_qsl(query) if names_secret(name)}
    if user := re.search(r"://([^/@]*)@", place):
        name, colon, password = user[1].partition(":")
        found["password" if colon else "user"] = unquote(password if colon else name)
    return found


def _forms(value: str) -> Iterator[str]:
    yield from (value, *(quoted(value, errors="replace") for quoted in (quote, quote_plus)))
    for escaped in (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]):
        yield from (escaped, escaped.replace("/", "\\/"))
    # In base64 a text looks different at each of three places; cut to the digits that the value alone decides.
    data = value.encode("utf-8", "replace")
    for before, first in enumerate((0, 2, 3)):
        digits = base64.b64encode(bytes(before) + data).decode()[first : (before + len(data)) * 8 // 6]
        yield from (digits, digits.replace("+", "-").replace("/", "_"))
