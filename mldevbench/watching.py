"""Who is told how a sweep goes: whoever shows it, logs it, measures it or leaves a sign of life."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mldevbench.outcome import Outcome, TrialRecord
from mldevbench.spec import TrialSpec


@dataclass(frozen=True, slots=True)
class Actors:
    """The trial actors of one shape: how many are starting, how many are ready, and how many trials these run."""

    shape: str
    starting: int
    ready: int
    busy: int


class Watcher:
    """Told by the driver what happens, on its event loop; takes from it what it wants, and by itself does nothing.

    No call may block but `look`, which comes every few seconds.
    """

    def started(self, spec: TrialSpec, attempt: int, node: str) -> None:
        """An attempt has begun on a node (its host name)."""

    def ended(self, record: TrialRecord, *, final: bool) -> None:
        """An attempt's record is durable, also that of one which never began; the trial is tried again unless it is `final`."""

    def taken_over(self, spec: TrialSpec, outcome: Outcome) -> None:
        """A trial that an earlier run had finished without living to record it."""

    def note(self, text: str, event: str = "note") -> None:
        """Something that a person should know. `event` is a short stable word for grouping, such as `interrupted`."""

    async def look(self, actors: Sequence[Actors]) -> None:
        """The actors as they are now."""


class Watchers(Watcher):
    """Several, told in this order."""

    def __init__(self, *watchers: Watcher) -> None:
        self._all = watchers

    def started(self, spec: TrialSpec, attempt: int, node: str) -> None:
        for watcher in self._all:
            watcher.started(spec, attempt, node)

    def ended(self, record: TrialRecord, *, final: bool) -> None:
        for watcher in self._all:
            watcher.ended(record, final=final)

    def taken_over(self, spec: TrialSpec, outcome: Outcome) -> None:
        for watcher in self._all:
            watcher.taken_over(spec, outcome)

    def note(self, text: str, event: str = "note") -> None:
        for watcher in self._all:
            watcher.note(text, event)

    async def look(self, actors: Sequence[Actors]) -> None:
        for watcher in self._all:
            await watcher.look(actors)
