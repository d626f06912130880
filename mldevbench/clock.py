"""The clock of a trial: time that counts against its limits, and time spent waiting for shared things, which does not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import anyio


class TrialClock:
    """Counts the seconds since it was made, less those in which at least one part of the trial was waiting.

    >>> clock = TrialClock()
    >>> with clock.waiting():    # a CPU lease, a GPU lease, a rate lease
    ...     ...
    """

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._waiters = 0
        self._wait_start = 0.0
        self._waited = 0.0
        self._periods: list[tuple[float, float]] = []

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Stops the clock; overlapping waits stop it once."""
        if self._waiters == 0:
            self._wait_start = time.monotonic()
        self._waiters += 1
        try:
            yield
        finally:
            self._waiters -= 1
            if self._waiters == 0:
                self._count(self._wait_start, time.monotonic())

    def excuse(self, seconds: float) -> None:
        """Counts the last seconds as waiting: a provider failed, and the agent is not to pay for it."""
        now = time.monotonic()
        self._count(now - seconds, self._wait_start if self._waiters else now)

    def _count(self, start: float, end: float) -> None:
        """Adds a period to what was waited; what of it was counted already does not count twice."""
        while self._periods and self._periods[-1][1] >= start:
            earlier, later = self._periods.pop()
            self._waited -= later - earlier
            start, end = min(start, earlier), max(end, later)
        if end > start:
            self._periods.append((start, end))
            self._waited += end - start

    @property
    def waited_s(self) -> float:
        now = time.monotonic() - self._wait_start if self._waiters else 0.0
        return self._waited + now

    @property
    def total_s(self) -> float:
        return time.monotonic() - self._start

    @property
    def elapsed_s(self) -> float:
        return self.total_s - self.waited_s

    async def reaches(self, seconds: float) -> None:
        """Returns once `elapsed_s` is `seconds`. Since the clock can stand still, that moment cannot be known in advance."""
        while True:
            left = seconds - self.elapsed_s
            if left <= 0:
                return
            await anyio.sleep(left)


class Stopwatch:
    """The seconds in which it ran."""

    def __init__(self) -> None:
        self._before = 0.0
        self._since: float | None = None

    def run(self, running: bool) -> None:
        """Starts or stops it; it may run, or stand, already."""
        if self._since is not None:
            self._before += time.monotonic() - self._since
        self._since = time.monotonic() if running else None

    @property
    def seconds(self) -> float:
        return self._before + (0.0 if self._since is None else time.monotonic() - self._since)
