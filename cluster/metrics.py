"""A sweep's Prometheus metrics, through Ray: the metrics agent of the driver's node serves them as `ray_mldevbench_...`.

Where no agent runs, Ray drops them, and nothing else happens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ray.util.metrics import Counter, Gauge, Histogram

from mldevbench.outcome import TrialRecord
from mldevbench.progress import Tally
from mldevbench.spec import TrialSpec
from mldevbench.watching import Actors, Watcher

SECONDS = (0.1, 0.3, 1, 3, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800)
"""Upper bounds of the histograms' buckets."""
MOST_VALUES = 100
"""Different values of a tag that are told apart; further ones are `other`. Each is a time series that Prometheus keeps."""
OTHER = "other"
_TRIAL = ("sweep", "task", "agent", "model")


class Metrics(Watcher):
    """`tally` must be told of everything before this is. Ray must be connected."""

    def __init__(self, sweep: str, tally: Tally) -> None:
        self._tally = tally
        self._tags = _Tags(sweep)
        self._shapes: set[str] = set()
        trials = (*_TRIAL, "outcome")
        self._trials = Counter("mldevbench_trials", "Trials that ended for good in this run, by outcome.", trials)
        self._attempts = Counter("mldevbench_attempts", "Attempts that ended, by outcome and error.", (*trials, "error_kind"))
        self._tokens = Counter("mldevbench_tokens", "Tokens, by kind: in, out, cached, reasoning.", (*_TRIAL, "kind"))
        self._cost = Counter("mldevbench_cost_usd", "US dollars, of calls with a known price.", _TRIAL)
        self._running = Gauge("mldevbench_trials_running", "Trials that run now.", ("sweep",))
        self._waiting = Gauge("mldevbench_trials_waiting", "Trials that are still to run, or to be tried again.", ("sweep",))
        self._actors = Gauge("mldevbench_actors", "Trial actors: starting or ready.", ("sweep", "shape", "state"))
        self._seconds = {
            "solve_s": _histogram("mldevbench_solve_seconds", "Solving, waiting excluded."),
            "grade_s": _histogram("mldevbench_grade_seconds", "Grading."),
            "waited_s": _histogram("mldevbench_wait_seconds", "Waiting for CPU, GPU and rate leases while solving."),
        }

    def ended(self, record: TrialRecord, *, final: bool) -> None:
        trial = self._tags.of(record)
        outcome = trial | {"outcome": str(record.outcome)}
        if final:
            self._trials.inc(1, outcome)
        self._attempts.inc(1, outcome | {"error_kind": self._tags.bounded("error_kind", record.error_kind or "")})
        for kind in ("in", "out", "cached", "reasoning"):
            _add(self._tokens, getattr(record.usage, f"tokens_{kind}"), trial | {"kind": kind})
        _add(self._cost, record.usage.cost_usd, trial)
        if record.outcome.graded:
            for name, histogram in self._seconds.items():
                histogram.observe(getattr(record.timings, name), {k: trial[k] for k in ("sweep", "task", "agent")})

    async def look(self, actors: Sequence[Actors]) -> None:
        self._gauge(len(self._tally.running), self._tally.waiting, actors)

    def end(self) -> None:
        """Nothing runs any more; what was counted stays."""
        self._gauge(0, 0, ())

    def _gauge(self, running: int, waiting: int, actors: Sequence[Actors]) -> None:
        sweep = self._tags.sweep
        self._running.set(running, sweep)
        self._waiting.set(waiting, sweep)
        found = {a.shape: a for a in actors}
        self._shapes |= set(found)
        for shape in self._shapes:
            for state in ("starting", "ready"):
                tags = sweep | {"shape": shape, "state": state}
                self._actors.set(getattr(found[shape], state) if shape in found else 0, tags)


class _Tags:
    """What a record's time series go by."""

    def __init__(self, sweep: str) -> None:
        self.sweep = {"sweep": sweep}
        self._seen: dict[str, set[str]] = {}

    def of(self, record: TrialRecord) -> dict[str, str]:
        spec = TrialSpec.from_dict(record.trial)
        values = {"task": spec.task, "agent": str(spec.agent), "model": str(spec.model or "")}
        return self.sweep | {name: self.bounded(name, value) for name, value in values.items()}

    def bounded(self, name: str, value: str) -> str:
        seen = self._seen.setdefault(name, set())
        if value not in seen and len(seen) >= MOST_VALUES:
            return OTHER
        seen.add(value)
        return value


def _histogram(name: str, description: str) -> Histogram:
    return Histogram(name, f"Seconds of graded trials: {description}", list(SECONDS), ("sweep", "task", "agent"))


def _add(counter: Any, value: float | None, tags: Mapping[str, str]) -> None:
    """Ray's counters refuse zero."""
    if value:
        counter.inc(value, tags)
