"""What fails wherever it is tried, for infrastructure's sake, is parked: the rest goes on, and it is tried again later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import anyio

from mldevbench.outcome import Outcome, TrialRecord
from mldevbench.report.text import last_line
from mldevbench.spec import TrialSpec

SAME_THING = 5
"""Trials in a row of one model, agent or task that could not be run before it is parked."""
EVERYTHING = 10
"""Trials in a row, whatever they were of, before the whole sweep waits."""
FIRST_PAUSE_S = 15.0
LONGEST_PAUSE_S = 300.0
NEVER = float("inf")


@dataclass(slots=True)
class Breaker:
    """A circuit breaker: open after `limit` failures in a row, tried with one trial after each pause, closed when that works.

    Pauses double. After `patience_s` of them it stays open: `reopens_at` (seconds of anyio's clock) is then infinite.
    """

    limit: int
    patience_s: float
    failures: int = 0
    opened_at: float | None = None
    reopens_at: float = 0.0
    pause_s: float = 0.0
    trying: bool = False

    def admits(self, now: float) -> bool:
        return self.opened_at is None or (not self.trying and now >= self.reopens_at)

    def works(self) -> bool:
        """Whether that is news."""
        was_open = self.opened_at is not None
        self.failures, self.opened_at, self.pause_s, self.trying = 0, None, 0.0, False
        return was_open

    def fails(self, now: float, *, certain: bool) -> bool:
        """Whether that is news: what was under way when it opened, and fails too, says nothing new."""
        self.failures += 1
        is_open = self.opened_at is not None
        if (is_open and not self.trying) or not (is_open or certain or self.failures >= self.limit):
            return False
        self.opened_at = now if self.opened_at is None else self.opened_at
        self.pause_s = min(LONGEST_PAUSE_S, 2 * self.pause_s or FIRST_PAUSE_S)
        for_good = certain or now + self.pause_s > self.opened_at + self.patience_s
        self.reopens_at = NEVER if for_good else now + self.pause_s
        self.trying = False
        return True


class Parking:
    """Told of every trial that ended. `given_up` says of what nothing is tried any more in this run, and why."""

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._breakers: dict[str, Breaker] = {}
        self._passed_over: set[str] = set()
        self._changed = anyio.Event()
        self.given_up: dict[str, str] = {}

    def admits(self, spec: TrialSpec) -> bool:
        """Whether a trial may start. One that may not is passed over; `opens` says when to come back for it."""
        now = anyio.current_time()
        breakers = dict(self._of(spec))
        closed = {thing for thing, breaker in breakers.items() if not breaker.admits(now)}
        self._passed_over |= closed
        if not closed:
            for breaker in breakers.values():
                breaker.trying = breaker.opened_at is not None
        return not closed

    def judge(self, spec: TrialSpec, record: TrialRecord | None) -> list[str]:
        """How a trial that was admitted ended (None: it was not run after all); what the user should read."""
        notes = []
        for thing, breaker in self._of(spec):
            if record is not None and record.outcome is Outcome.INFRA_ERROR and thing in ("everything", _blamed(spec, record)):
                if breaker.fails(anyio.current_time(), certain=record.error_kind == "provider_auth" and thing != "everything"):
                    notes.append(self._opened(thing, breaker, record))
            elif record is None or record.outcome in (Outcome.INFRA_ERROR, Outcome.CANCELLED):
                breaker.trying = False
            elif breaker.works():
                notes.append(f"{thing} works again")
        self._changed.set()
        self._changed = anyio.Event()
        return notes

    async def opens(self) -> bool:
        """Waits until something that was passed over may be tried; False when nothing was, or nothing ever may."""
        passed, self._passed_over = [self._breakers[thing] for thing in self._passed_over], set()
        while passed:
            now = anyio.current_time()
            if any(breaker.admits(now) for breaker in passed):
                return True
            if not any(breaker.trying for breaker in passed) and min(b.reopens_at for b in passed) == NEVER:
                return False
            with anyio.move_on_after(min((b.reopens_at for b in passed if not b.trying), default=NEVER) - now):
                await self._changed.wait()
        return False

    def _of(self, spec: TrialSpec) -> Iterator[tuple[str, Breaker]]:
        model = (f"model {spec.model.name}",) if spec.model else ()
        for thing in ("everything", *model, f"agent {spec.agent.name}", f"task {spec.task}"):
            limit = EVERYTHING if thing == "everything" else SAME_THING
            yield thing, self._breakers.setdefault(thing, Breaker(limit, self._patience_s))

    def _opened(self, thing: str, breaker: Breaker, record: TrialRecord) -> str:
        what = f"{thing}: {breaker.failures} trial(s) in a row ended in {record.error_kind}: {last_line(record.error or '')}"
        if breaker.reopens_at < NEVER:
            return f"parked, and tried again in {breaker.pause_s:.0f} s: {what}"
        self.given_up[thing] = what
        return f"given up for this run: {what}"


def _blamed(spec: TrialSpec, record: TrialRecord) -> str:
    """The one thing that this kind of error most likely comes from."""
    kind = record.error_kind or ""
    if kind.startswith("provider_") and spec.model:
        return f"model {spec.model.name}"
    return f"agent {spec.agent.name}" if kind == "environment" else f"task {spec.task}"
