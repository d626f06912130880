"""Scripted policies: what decides whether a play succeeds, and how it goes wrong when it does not."""

from __future__ import annotations

import csv
import difflib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from mldevbench.outcome import UserError
from mldevbench.spec import Named

Play = Literal["solve", "noop", "give_up", "ask", "draft"]
FAILING: tuple[Play, ...] = ("give_up", "ask", "draft")

_PAPER = "paper-"
EXTRA_P = 0.5
"""Success probability of the paper's policies on a task that the paper does not have."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy with its arguments. `oracle` always succeeds, `noop` answers at once, `coin?p=P` succeeds with probability P.

    `paper-COLUMN` succeeds with the probability in that column of the paper's Table 3.
    """

    text: str
    kind: str
    p: float | None = None

    @classmethod
    def parse(cls, model: Named) -> Policy:
        kind = model.name.partition("/")[2]
        known = ("oracle", "noop", "coin", *(_PAPER + column.replace("_", "-") for column in paper_columns()))
        if kind not in known:
            near = difflib.get_close_matches(kind, known, 1, 0.4)
            raise UserError(
                f"model {model.name!r}: no such scripted policy; {f'did you mean scripted/{near[0]}' if near else 'choose one'}"
                f" ({', '.join(known)})"
            )
        args = model.arguments()
        p = _probability(model, args.pop("p", None)) if kind == "coin" else None
        if args:
            raise UserError(f"model {str(model)!r}: scripted/{kind} has no argument {', '.join(args)}; leave it out")
        return cls(str(model), kind, p)

    def chance(self, paper_row: str | None) -> float:
        """The probability of success on a task with this row in the paper (None for a task of ours)."""
        if self.kind == "coin":
            assert self.p is not None
            return self.p
        if self.kind.startswith(_PAPER):
            cells = paper_cells().get(paper_row or "")
            return EXTRA_P if cells is None else cells[self.kind.removeprefix(_PAPER).replace("-", "_")]
        return 1.0 if self.kind == "oracle" else 0.0

    def play(self, *, task: str, paper_row: str | None, seed: int) -> Play:
        """What is played: independent over tasks and seeds, and always the same for the same three."""
        if self.kind == "noop":
            return "noop"
        luck = hashlib.sha256(f"{self.text}\0{task}\0{seed}".encode()).digest()
        if int.from_bytes(luck[:8], "big") / 2**64 < self.chance(paper_row):
            return "solve"
        return FAILING[luck[8] % len(FAILING)]


def _probability(model: Named, text: str | None) -> float:
    try:
        p = float(text or "")
    except ValueError:
        p = -1.0
    if not 0 <= p <= 1:
        raise UserError(f"model {str(model)!r}: p is {text}; give a probability, as in scripted/coin?p=0.6")
    return p


@cache
def paper_cells() -> Mapping[str, Mapping[str, float]]:
    """The paper's Table 3: row -> column -> 1.0 (success) or 0.0."""
    text = (files("mldevbench") / "report" / "paper.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    skip = ("paper_row", "category")
    return {r["paper_row"]: {k: float(v) for k, v in r.items() if k not in skip and not k.endswith("_inferred")} for r in rows}


def paper_columns() -> tuple[str, ...]:
    return tuple(next(iter(paper_cells().values())))
