"""The clock of a trial: time that counts against its limits, and time spent waiting for shared things, which does not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import anyio

Awaited = Literal["rate", "cpu", "gpu"]
"""What is waited for: a rate lease or a provider that fails, CPUs, or a GPU."""


class Busy:
    """Counts the seconds in which at least one of its contexts was open, by the clock `now`."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._open = 0
        self._since = 0.0
        self._total = 0.0

    @contextmanager
    def __call__(self) -> Iterator[None]:
        if self._open == 0:
            self._since = self._now()
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1
            if self._open == 0:
                self.add(self._now() - self._since)

    def add(self, seconds: float) -> None:
        """Less than nothing, where the clock was set back meanwhile, is nothing."""
        self._total += max(0.0, seconds)

    @property
    def seconds(self) -> float:
        return self._total + (max(0.0, self._now() - self._since) if self._open else 0.0)


class TrialClock:
    """Counts the seconds since it was made, less those in which at least one part of the trial was waiting.

    `model` and `command` are contexts for model calls and commands under way, `busy_s` counts those in which there was any.
    They go by the time that counts: what runs while something else is waited for adds nothing.

    >>> clock = TrialClock()
    >>> with clock.waiting("cpu"):
    ...     ...
    """

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._waiters = 0
        self._wait_start = 0.0
        self._waited = 0.0
        self._periods: list[tuple[float, float]] = []
        self.waits: dict[Awaited, Busy] = {what: Busy(time.monotonic) for what in ("rate", "cpu", "gpu")}
        self._model, self._command, self._busy = (Busy(lambda: self.elapsed_s) for _ in range(3))

    @contextmanager
    def waiting(self, what: Awaited = "rate") -> Iterator[None]:
        """Stops the clock; overlapping waits stop it once."""
        if self._waiters == 0:
            self._wait_start = time.monotonic()
        self._waiters += 1
        try:
            with self.waits[what]():
                yield
        finally:
            self._waiters -= 1
            if self._waiters == 0:
                self._count(self._wait_start, time.monotonic())

    @contextmanager
    def model(self) -> Iterator[None]:
        with self._busy(), self._model():
            yield

    @contextmanager
    def command(self) -> Iterator[None]:
        with self._busy(), self._command():
            yield

    def excuse(self, seconds: float) -> None:
        """Counts the last seconds as waiting: a provider failed, and the agent is not to pay for it."""
        now = time.monotonic()
        self._count(now - seconds, self._wait_start if self._waiters else now)
        self.waits["rate"].add(seconds)

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

    @property
    def model_s(self) -> float:
        return self._model.seconds

    @property
    def command_s(self) -> float:
        return self._command.seconds

    @property
    def busy_s(self) -> float:
        return self._busy.seconds

    def timings(self) -> dict[str, float]:
        """What of `Timings` this clock knows, until now."""
        solve_s = self.elapsed_s
        waited = {f"waited_{what}_s": busy.seconds for what, busy in self.waits.items()}
        parts = {"model_s": self.model_s, "command_s": self.command_s, "idle_s": max(0.0, solve_s - self.busy_s)}
        return {"solve_s": solve_s, "waited_s": self.waited_s} | parts | waited

    async def reaches(self, seconds: float) -> None:
        """Returns once `elapsed_s` is `seconds`. Since the clock can stand still, that moment cannot be known in advance."""
        while True:
            left = seconds - self.elapsed_s
            if left <= 0:
                return
            await anyio.sleep(left)
