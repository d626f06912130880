"""What untrusted code might send: damaged bytes and odd JSON, the same ones in every run unless FUZZ_EXAMPLES asks for more."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
"""Examples of a cheap test; 0 stands for a fixed small number of always the same ones."""
ODD_NUMBERS = [
    "NaN",
    "-Infinity",
    "1e999",
    "-0.0",
    "1e-400",
    "9" * 25,
    "9" * 5000,
    "1" + "0" * 400 + ".5",
    "-9223372036854775809",
]
ODD_TEXTS = ['"\\ud800"', '"\\u0000"', '"\\u001b[2J"', '"😀"', '"\\ud83d\\ude00"', '""', '"' + "x" * 3000 + '"']


def fuzz(usual: int, cost: int = 1) -> Callable[[Callable[..., Any]], Any]:
    """Settings of a test that tries `usual` examples, and FUZZ_EXAMPLES / `cost` new ones where that is set."""
    return settings(
        max_examples=max(1, EXAMPLES // cost) if EXAMPLES else usual,
        derandomize=not EXAMPLES,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
    )


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
"""Any value of Python's json module, of which some are no JSON."""


def documents(words: list[str]) -> st.SearchStrategy[str]:
    """JSON documents as text, well formed but for their numbers: odd values, keys given twice, some of these words as keys."""
    keys = st.sampled_from([json.dumps(word) for word in words] + ODD_TEXTS)
    leaves = st.one_of(
        st.sampled_from(["null", "true", "0", "1", "-1", "2.5", *ODD_NUMBERS, *ODD_TEXTS]),
        keys,
        st.integers(-3, 300).map(str),
        st.text(max_size=6).map(json.dumps),
    )

    def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        pairs = st.tuples(keys, inner).map(":".join)
        return st.one_of(
            st.lists(inner, max_size=4).map(lambda items: f"[{','.join(items)}]"),
            st.lists(pairs, max_size=4).map(lambda items: f"{{{','.join(items)}}}"),
            st.tuples(inner, st.sampled_from([1, 5, 15, 40, 400, 5000])).map(lambda it: "[" * it[1] + it[0] + "]" * it[1]),
        )

    return st.recursive(leaves, grown, max_leaves=10)


@st.composite
def damaged(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """Bytes with a few places changed, left out, doubled or cut off."""
    data = bytearray(draw(whole))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(["change", "insert", "drop", "double", "cut"])):
            case "change":
                noise = draw(st.binary(min_size=1, max_size=8))
                data[at : at + len(noise)] = noise
            case "insert":
                data[at:at] = draw(st.binary(min_size=1, max_size=8))
            case "drop":
                del data[at : at + draw(st.integers(1, 8))]
            case "double":
                data[at:at] = data[at : at + draw(st.integers(1, 40))]
            case "cut":
                del data[at:]
    return bytes(data)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    """The data, cut at these places."""
    places = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    return [data[start:end] for start, end in zip(places, places[1:], strict=False)]


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Files are opened with the rights of an ordinary user, to whom a folder can be closed."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
