"""What a sweep may cost, as its driver keeps it: which trials may still be launched, and what those that ended have cost."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import anyio

from mldevbench.gateway.budget import Budget
from mldevbench.outcome import Outcome, TrialRecord
from mldevbench.results import load
from mldevbench.spec import TrialSpec
from mldevbench.watching import Actors, Watcher

_Arm = tuple[str, str | None]
_COLUMNS = ("agent", "model", "outcome", "cost_usd")
PILOTS = 4
"""Trials of an arm that run at a time until one was graded. Else all would begin at once, and the money would end for all of them
half-way.
"""
KIND = "budget"
"""The error kind of a trial that was ended because the next call might have cost more than is left."""


class SweepBudget(Watcher):
    """`limit_usd` is for all runs of a results folder together; None is no limit.

    It launches no trial that would cost too much, if it and those under way cost as much as others of its arm did. What holds
    the limit is the rate actor, which sees each call; it is told what is known here, for it may have been started anew.
    """

    def __init__(self, limit_usd: float | None) -> None:
        self.limit_usd = limit_usd
        self.spent_usd = 0.0
        self.rates: Any = None
        self._costs: defaultdict[_Arm, float] = defaultdict(float)
        self._trials: defaultdict[_Arm, int] = defaultdict(int)
        self._least: defaultdict[_Arm, float] = defaultdict(float)
        self._running: Counter[_Arm] = Counter()
        self._used_up = False
        self._ended_early = self._passed_over = 0
        self._changed = anyio.Event()

    @classmethod
    def of(cls, limit_usd: float | None, out: str) -> SweepBudget:
        """Begins with what the attempts in a results folder have cost."""
        budget = cls(limit_usd)
        if limit_usd is not None:
            for row in load(out).table("attempts", columns=_COLUMNS).to_pylist():
                budget._add(row)
        return budget

    def for_rates(self) -> Budget | None:
        """What the rate actor is to hold."""
        return None if self.limit_usd is None else Budget(self.limit_usd, self.spent_usd)

    @property
    def refusal(self) -> str | None:
        """Why trials were left out, if any were."""
        left = self._ended_early + self._passed_over
        if not left:
            return None
        return f"--max-cost-usd {self.limit_usd:g}: {self.spent_usd:.4f} USD are spent, {left} trials are left; raise it to go on"

    def begin_round(self) -> None:
        """Every trial that has not begun is asked for once more."""
        self._passed_over = 0

    async def admits(self, spec: TrialSpec) -> bool:
        """Whether a trial may start; waits for that while others are under way. When it may, `over` must follow."""
        if self.limit_usd is None or spec.model is None:
            return True
        arm = _arm(spec)
        while self._used_up or not self._fits(arm):
            if self._used_up or not self._running.total():
                self._passed_over += 1
                return False
            await self._changed.wait()
        self._running[arm] += 1
        return True

    def over(self, spec: TrialSpec, record: TrialRecord | None) -> None:
        """A trial that was admitted has ended, or was not run after all."""
        if self.limit_usd is None or spec.model is None:
            return
        self._running[_arm(spec)] -= 1
        if record is not None and record.error_kind == KIND:
            self._used_up = True
            self._ended_early += 1
        self._changed.set()
        self._changed = anyio.Event()

    def taken_over_record(self, record: TrialRecord) -> None:
        """The record of a trial that an earlier run had finished: its money is spent as well."""
        self._add_record(record)

    def ended(self, record: TrialRecord, *, final: bool) -> None:
        self._add_record(record)

    async def look(self, actors: Sequence[Actors]) -> None:
        if self.limit_usd is not None:
            self.rates.spent.remote(self.spent_usd)

    def _add_record(self, record: TrialRecord) -> None:
        agent, model = _arm(TrialSpec.from_dict(record.trial))
        self._add({"agent": agent, "model": model, "outcome": record.outcome, "cost_usd": record.usage.cost_usd})

    def _add(self, row: Mapping[str, Any]) -> None:
        """A row of `attempts/`. What an attempt has cost that nobody knows is not counted."""
        arm, usd = (row["agent"], row["model"]), row["cost_usd"] or 0.0
        self.spent_usd += usd
        if Outcome(row["outcome"]).graded:
            self._trials[arm] += 1
            self._costs[arm] += usd
        else:
            self._least[arm] = max(self._least[arm], usd)

    def _fits(self, arm: _Arm) -> bool:
        """At the mean cost of the arm's trials that were graded; before there is one, at what its dearest has cost so far."""
        assert self.limit_usd is not None
        known = self._trials[arm]
        each = self._costs[arm] / known if known else self._least[arm]
        if not known and self._running[arm] >= PILOTS:
            return False
        return self.spent_usd + (self._running.total() + 1) * each <= self.limit_usd


def _arm(spec: TrialSpec) -> _Arm:
    return str(spec.agent), str(spec.model) if spec.model else None
