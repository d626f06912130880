"""Secrets in a streamed answer, which the borders of its pieces may cut in two."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from mldevbench.redact import Secrets

Place = tuple[Any, Any]
"""A list or dictionary, and the index or key at which a text lies in it."""


def hide_in_deltas(deltas: tuple[Mapping[str, Any], ...], secrets: Secrets) -> tuple[Mapping[str, Any], ...]:
    """The deltas of one answer; where the pieces of a text hold a secret together, the first one gets all of the text."""
    if not secrets:
        return deltas
    clean = copy.deepcopy(deltas)
    texts: dict[tuple[Any, ...], list[Place]] = defaultdict(list)
    for delta in clean:
        for path, place in _texts(delta, ()):
            texts[path].append(place)
    for pieces in texts.values():
        whole = "".join(holder[key] for holder, key in pieces)
        if secrets.in_text(whole):
            for holder, key in pieces:
                holder[key] = ""
            holder, key = pieces[0]
            holder[key] = secrets.hide(whole)
    return clean


def _texts(node: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Place]]:
    """Where texts lie below a node, by paths that are the same in each delta: tool calls are told apart by their `index`."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        name = value.get("index", key) if isinstance(node, list) and isinstance(value, dict) else key
        if isinstance(value, str):
            yield (*path, name), (node, key)
        elif isinstance(value, dict | list):
            yield from _texts(value, (*path, name))
