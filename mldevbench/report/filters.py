"""Which part of the results a report is about."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mldevbench.outcome import UserError


@dataclass(frozen=True, slots=True)
class Filters:
    """Empty means all. Agents and models are named with their arguments, or without to take them with any.

    `limits` maps columns such as `max_steps` to the values that are wanted. `min_seeds` leaves out a task of an arm that has
    fewer graded trials.
    """

    agents: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    limits: Mapping[str, tuple[float, ...]] | None = None
    profile: str | None = None
    min_seeds: int = 1

    def keep(self, row: Mapping[str, Any], category: str | None) -> bool:
        """Whether a trial, run or planned, is wanted."""
        return (
            _named(self.agents, row["agent"])
            and _named(self.models, row["model"])
            and (not self.tasks or row["task"] in self.tasks)
            and (not self.categories or category in self.categories)
            and all(row[column] in values for column, values in (self.limits or {}).items() if values)
        )

    def check(self, rows: Iterable[Mapping[str, Any]], categories: Iterable[str]) -> None:
        """Raises UserError for the first name that fits nothing at all."""
        found = list(rows)
        for option, wanted, column in (("--agents", self.agents, "agent"), ("--models", self.models, "model")):
            known = {row[column] for row in found if row[column]}
            _known(option, wanted, known | {name.partition("?")[0] for name in known})
        _known("--tasks", self.tasks, {row["task"] for row in found})
        _known("--categories", self.categories, set(categories))
        for column, values in (self.limits or {}).items():
            have = {row[column] for row in found}
            for value in values:
                if value not in have:
                    shown = ", ".join("none" if h is None else f"{h:g}" for h in sorted(have, key=lambda h: (h is None, h or 0)))
                    raise UserError(f"{option_of(column)} {value:g} is no limit of these results; they have {shown}")


def option_of(column: str) -> str:
    """The option that chooses by a column of limits."""
    return "--" + column.removesuffix("_s").replace("_", "-")


def _named(wanted: tuple[str, ...], name: str | None) -> bool:
    return not wanted or (name is not None and (name in wanted or name.partition("?")[0] in wanted))


def _known(option: str, wanted: Iterable[str], known: set[str]) -> None:
    for name in wanted:
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            mend = f"did you mean {close[0]!r}?" if close else f"they have {', '.join(sorted(known)) or 'none'}"
            raise UserError(f"{option} {name!r} is not in these results; {mend}")
