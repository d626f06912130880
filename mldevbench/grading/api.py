"""What a task's grader.py is written against.

    def grade(g: Grading) -> None:
        with g.guard("the report is right"):
            g.check("the report is right", g.files.read_json("report.json") == expected)
        with g.probe() as probe:
            ...

The submission is never imported here: its code runs in probes, its files are read through `g.files`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mldevbench.grading.files import Files
from mldevbench.grading.probe import Probe
from mldevbench.grading.protocol import Bounds
from mldevbench.grading.safe import printable
from mldevbench.outcome import Check, Metric, SubmissionError

DETAIL = 2000


@dataclass(frozen=True, slots=True)
class Assignment:
    """What one grading is about: the task's folder, the submission, the profile and its numbers, assets, and when to be done.

    `timeout_s` counts from now; `rng_seed` None draws a fresh secret one.
    """

    task_dir: Path
    submission: Path
    profile: str
    values: Mapping[str, Any]
    assets: Mapping[str, Path]
    requests: tuple[str, ...]
    timeout_s: float
    rng_seed: int | None = None
    services: Mapping[str, Any] = field(default_factory=dict)


class ProbeOpener(Protocol):
    """Opens a fresh sandbox over a copy of the submission (the runner does), for as long as the block lasts."""

    def __call__(self, source: str, bounds: Bounds, deadline: float) -> Any: ...


class Grading:
    """One grading: the submission, the task's own files and numbers, and the checks and metrics found so far.

    A SubmissionError that no `guard` catches ends the grading with a failed check; any other exception is the task's defect.
    """

    def __init__(self, assignment: Assignment, open_probe: ProbeOpener) -> None:
        self.profile = assignment.profile
        self.values = assignment.values
        self.requests = assignment.requests
        """Paths that were requested from the trial's door while the agent worked, in order."""
        self.files = Files(assignment.submission)
        self.hidden = assignment.task_dir / "hidden"
        self.rng = np.random.default_rng(assignment.rng_seed)
        """Seeded afresh for every grading, and secret from the submission: draw inputs and orders from it."""
        self.checks: list[Check] = []
        self.metrics: list[Metric] = []
        self._assignment = assignment
        self._deadline = time.monotonic() + assignment.timeout_s
        self._open_probe = open_probe

    def check(self, name: str, passed: bool | np.bool_, detail: object = "") -> bool:
        """Records one check and returns whether it passed. The submission passes when every check did."""
        self.checks.append(Check(name, bool(passed), printable(detail, DETAIL)))
        return bool(passed)

    def metric(self, name: str, value: float, unit: str) -> None:
        """Records a number. Fractions lie in [0, 1]; `unit` is a word such as `fraction`, `count` or `s`."""
        self.metrics.append(Metric(name, float(value), unit))

    def asset(self, name: str) -> Path:
        """Where an asset of the profile lies, mounted, served or hidden."""
        return self._assignment.assets[name]

    def service(self, name: str) -> Any:
        """What a service at the door took in: the agent's word, bounded but otherwise unchecked."""
        return self._assignment.services[name]

    @contextmanager
    def guard(self, name: str) -> Iterator[None]:
        """Turns a SubmissionError inside into a failed check called `name`; grading goes on after the block."""
        try:
            yield
        except SubmissionError as error:
            self.check(name, False, error)

    @contextmanager
    def probe(self, *, max_bytes: int = 512 * 2**20) -> Iterator[Probe]:
        """A fresh sandbox over a copy of the submission, with the task's probe.py loaded in it at the first call.

        What probe.py returns comes from a process that runs the agent's code: check it, never trust it. An answer may hold
        `max_bytes` of arrays. The sandbox is gone when the block ends.
        """
        source = (self._assignment.task_dir / "probe.py").read_text()
        with self._open_probe(source, Bounds(array_bytes=max_bytes), self._deadline) as probe:
            yield probe
            probe.finish()


def expect_array(value: Any, shape: tuple[int | None, ...], kinds: str = "f", *, finite: bool = True) -> NDArray[Any]:
    """`value` as an array of this shape (None: any length) whose dtype.kind is in `kinds`; otherwise SubmissionError.

    For what a probe answered: a wrong kind of answer must be the submission's failure, never an exception of the grader.
    """
    if not isinstance(value, np.ndarray):
        raise SubmissionError(f"an array is expected, not {printable(type(value).__name__)}")
    fits = value.ndim == len(shape) and all(w is None or w == n for w, n in zip(shape, value.shape, strict=True))
    if not fits or value.dtype.kind not in kinds:
        raise SubmissionError(f"an array of shape {shape} and kind {kinds} is expected, not {value.shape} of {value.dtype}")
    if finite and value.dtype.kind in "fc" and not np.isfinite(value).all():
        raise SubmissionError("the array holds values that are not finite")
    return value.view(np.ndarray)
