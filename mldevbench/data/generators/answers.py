"""Questions of yes or no, each with a passage that decides it, in invented words; as records of BoolQ.

A question asks whether somebody did something more than so much, and a sentence of the passage says how much: words of measure
belong to one of four levels, and the answer is yes when the passage's level is above that of the question. Other sentences say
nothing that matters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from mldevbench.data.generators import wordpieces

LEVELS, _A_LEVEL, _SUBJECTS, _VERBS = 4, 12, 120, 60
YES = 0.62
"""How often the answer is yes, as in BoolQ."""


class Record(TypedDict):
    question: str
    passage: str
    label: bool
    idx: int


def records(count: int, rng: np.random.Generator) -> list[Record]:
    return [_record(number, rng) for number in range(count)]


def measures(level: int) -> tuple[str, ...]:
    """The words of one level, 0 the lowest."""
    return wordpieces.invented()[level * _A_LEVEL : (level + 1) * _A_LEVEL]


def filler(rng: np.random.Generator) -> str:
    """A sentence that says nothing that matters."""
    rest = wordpieces.invented()[LEVELS * _A_LEVEL + _SUBJECTS + _VERBS :]
    chosen = [_one(rest, rng) for _ in range(int(rng.integers(3, 7)))]
    for place in rng.integers(1, len(chosen), 2):
        chosen.insert(int(place), _one(wordpieces.COMMON, rng))
    return " ".join(chosen).capitalize() + "."


def _record(idx: int, rng: np.random.Generator) -> Record:
    label = bool(rng.random() < YES)
    asked = int(rng.integers(LEVELS - 1 if label else LEVELS))
    told = int(rng.integers(asked + 1, LEVELS) if label else rng.integers(asked + 1))
    words = wordpieces.invented()[LEVELS * _A_LEVEL :]
    subject, verb = _one(words[:_SUBJECTS], rng), _one(words[_SUBJECTS : _SUBJECTS + _VERBS], rng)
    sentences = [filler(rng) for _ in range(int(rng.integers(1, 4)))]
    sentences.insert(int(rng.integers(len(sentences) + 1)), f"The {subject} {verb}ed {_one(measures(told), rng)}.")
    question = f"did the {subject} {verb} more than {_one(measures(asked), rng)}"
    return {"question": question, "passage": " ".join(sentences), "label": label, "idx": idx}


def _one(words: Sequence[str], rng: np.random.Generator) -> str:
    return words[int(rng.integers(len(words)))]
