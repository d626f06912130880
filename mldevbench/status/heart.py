"""Leaves the driver's sign of life in the results folder."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import anyio

from mldevbench.outcome import TrialRecord
from mldevbench.progress import Tally
from mldevbench.redact import Secrets
from mldevbench.report.text import plain
from mldevbench.results.info import PULSE
from mldevbench.results.storage import Storage
from mldevbench.spec import TrialSpec
from mldevbench.status.pulse import End, Home, Pulse, Running
from mldevbench.watching import Actors, Watcher

BEAT_S, STORE_BEAT_S = 5.0, 15.0
"""Seconds between two beats on a local path, and on an object store, where each is a request that costs."""
MOST_RUNNING = 1000
"""Attempts under way that are named; of the rest only the number is told."""
MOST_NOTES = 20


class Heart(Watcher):
    """Beats as often as it is shown the actors, but not more than is due. That a beat cannot be written ends no sweep.

    `tally` must be told of everything before this is.
    """

    def __init__(self, storage: Storage, tally: Tally, secrets: Secrets) -> None:
        self._storage = storage
        self._tally = tally
        self._secrets = secrets
        self._running: dict[str, Running] = {}  # in the order of their beginning
        self._notes: deque[str] = deque(maxlen=MOST_NOTES)
        now = time.time()
        every = BEAT_S if storage.local else STORE_BEAT_S
        self._pulse = Pulse(at=now, every_s=every, started_at=now, home=Home.here(), trials=tally.total)
        self._due = 0.0

    def started(self, spec: TrialSpec, attempt: int, node: str) -> None:
        model = str(spec.model) if spec.model else None
        running = Running(spec.key, attempt, spec.task, str(spec.agent), model, spec.seed, node, time.time())
        self._running[running.trial_key] = running

    def ended(self, record: TrialRecord, *, final: bool) -> None:
        self._running.pop(record.trial_key, None)

    def note(self, text: str, event: str = "note") -> None:
        self._notes.append(self._secrets.hide(plain(text)))

    async def look(self, actors: Sequence[Actors]) -> None:
        self._pulse = replace(self._pulse, actors=tuple(actors))
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + self._pulse.every_s - 1
            await anyio.to_thread.run_sync(self._put, self._now())

    def end(self, how: End, reason: str | None = None) -> None:
        """The last beat. Blocks."""
        self._running.clear()
        pulse = replace(self._now(), actors=(), end=how, reason=reason and self._secrets.hide(plain(reason)))
        self._put(pulse)

    def _now(self) -> Pulse:
        running = tuple(self._running.values())
        return replace(
            self._pulse,
            at=time.time(),
            running=running[:MOST_RUNNING],
            more_running=len(running[MOST_RUNNING:]),
            waiting=self._tally.waiting,
            notes=tuple(self._notes),
        )

    def _put(self, pulse: Pulse) -> None:
        try:
            self._storage.put(PULSE, pulse.encode())
        except OSError:
            pass  # the disk is full or the store away: whoever looks sees that the last beat is old
