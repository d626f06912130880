"""Calls (or tokens) spaced evenly in time, so that no window of a provider's can hold too many: GCRA without a burst."""

from __future__ import annotations

from dataclasses import dataclass

LATE_S = 0.02
"""A grant that came late by this much is made up for; else timers that wake a little late would lower every rate."""


@dataclass(slots=True)
class Spacing:
    """`per_s` may be changed at any time. Any span of `s` seconds holds at most `per_s * (s + LATE_S)` and the last one taken."""

    per_s: float
    _free_at: float = float("-inf")

    @classmethod
    def per_minute(cls, count: float) -> Spacing:
        """At most so many in any 60 seconds."""
        return cls(count / (60.0 + LATE_S))

    @property
    def opens_at(self) -> float:
        """When the next may be taken, in seconds of the clock of `take`."""
        return self._free_at - LATE_S

    def take(self, now: float, amount: float = 1.0) -> None:
        self._free_at = max(now, self._free_at) + amount / self.per_s

    def settle(self, more: float) -> None:
        """So much more was taken than `take` said; less, where it is negative."""
        self._free_at += more / self.per_s
