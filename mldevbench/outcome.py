"""Outcomes, stop reasons, checks and records: the one error taxonomy.

Standard library only, because graders import it in the task environment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What a trial came to. Only `PASSED` and `FAILED` count in a success rate."""

    PASSED = "passed"
    FAILED = "failed"
    INFRA_ERROR = "infra_error"
    GRADER_ERROR = "grader_error"
    CANCELLED = "cancelled"

    @property
    def graded(self) -> bool:
        return self in (Outcome.PASSED, Outcome.FAILED)


class StopReason(StrEnum):
    """Why the agent stopped. A trial that hit a limit is still graded."""

    SUBMITTED = "submitted"
    MAX_STEPS = "max_steps"
    MAX_TIME = "max_time"
    MAX_TOKENS = "max_tokens"
    MAX_COST = "max_cost"
    AGENT_ERROR = "agent_error"


class MLDevBenchError(Exception):
    """Base of every error that this package raises on purpose."""


class UserError(MLDevBenchError):
    """Bad input. The message is one line that names the thing, the value and the mend; the exit code is 2."""


class InfraError(MLDevBenchError):
    """The trial could not be run through no fault of the agent; it earns another attempt.

    `kind` is a short stable word for grouping: `provider_auth`, `provider_down`, `provider_rate`, `sandbox_start`, `asset`,
    `environment`, `node_lost`, `node_services`, `runner`. Code that an agent controls must never be able to cause one.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.kind, str(self)))


class GraderError(MLDevBenchError):
    """The trusted grader itself broke: a defect of the task, never of the submission."""


class LimitReached(MLDevBenchError):
    """A limit of the trial is used up; the agent stops here and what it left is graded."""

    def __init__(self, reason: StopReason) -> None:
        super().__init__(f"the trial's limit is reached: {reason}")
        self.reason = reason

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.reason,))


class BudgetSpent(MLDevBenchError):
    """What the sweep may cost is spent. A trial that needs more ends as `cancelled` (`budget`): its neighbours had the money."""


class AgentError(MLDevBenchError):
    """The agent's own fault (it crashed, it killed its sandbox, the model refused its context): `agent_error`, graded."""


class SubmissionError(MLDevBenchError):
    """Something in what the agent left cannot be used (missing, malformed, too large): a failed check."""


def single_cause(error: BaseException) -> BaseException:
    """The error itself, or the one that groups (as task groups raise them) were wrapped around."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that grading looked at."""

    name: str
    passed: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Metric:
    """A number of a trial beside pass/fail. `unit` is a word such as `fraction`, `count`, `s`; fractions lie in [0, 1]."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Grade:
    """What grading found. A submission passes when there is at least one check and every check passed."""

    checks: tuple[Check, ...]
    metrics: tuple[Metric, ...] = ()

    @property
    def outcome(self) -> Outcome:
        return Outcome.PASSED if self.checks and all(c.passed for c in self.checks) else Outcome.FAILED


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One call through the gateway, whether it was answered or not.

    `started_at` is Unix time in seconds. `is_step` is true for a completed answer that reached the agent. Token counts are null
    where the provider gave none, `cost_usd` where the model has no known price. `waited_s` is time spent waiting for a
    rate lease, on tries that the provider failed and between tries, and is no part of `latency_s`. `notes` says what the gateway
    changed (dropped parameters, a moved system message) and why earlier tries failed.
    """

    index: int
    started_at: float
    model: str
    is_step: bool
    streamed: bool
    tokens_in: int | None
    tokens_out: int | None
    tokens_cached: int | None
    tokens_reasoning: int | None
    cost_usd: float | None
    latency_s: float
    waited_s: float = 0.0
    retries: int = 0
    error: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """Totals over a trial's model calls. `cost_usd` is null as soon as one answered call has no known price."""

    steps: int = 0
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    tokens_reasoning: int = 0
    cost_usd: float | None = 0.0
    waited_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a trajectory. `at_s` counts from the start of solving; `data` is JSON-serialisable."""

    index: int
    at_s: float
    kind: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds spent in each phase of a trial; null where it was not measured.

    `solve_s` is without `waited_s`, the waiting for CPU, GPU and rate leases meanwhile. `model_s` and `command_s` are parts of
    `solve_s` (what ran while something else was waited for is waiting), may overlap, and leave `idle_s` of it. GPU seconds are
    weighted by the share of a GPU held.
    """

    prepare_s: float = 0.0
    solve_s: float = 0.0
    grade_s: float = 0.0
    waited_s: float = 0.0
    wall_s: float = 0.0
    model_s: float | None = None
    command_s: float | None = None
    idle_s: float | None = None
    waited_rate_s: float | None = None
    waited_cpu_s: float | None = None
    waited_gpu_s: float | None = None
    grade_waited_s: float | None = None
    gpu_held_s: float | None = None
    gpu_used_s: float | None = None


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """Everything that is known of one attempt of one trial; the results package turns it into rows.

    `trial` is the `TrialSpec` as a plain dictionary, `labels` are the task's `paper_row`, `category` and `title`.
    `isolation` is the sandbox tier. `started_at` is Unix time in seconds. `seed_controls` says what the seed determined.
    `memory_peak_bytes` is the most that the agent's sandbox had resident at once.
    """

    trial_key: str
    attempt: int
    trial: dict[str, Any]
    labels: dict[str, Any]
    outcome: Outcome
    stop_reason: StopReason | None
    error_kind: str | None
    error: str | None
    started_at: float
    node: str
    isolation: str
    synthetic_model: bool
    usage: Usage = Usage()
    timings: Timings = Timings()
    checks: tuple[Check, ...] = ()
    metrics: tuple[Metric, ...] = ()
    calls: tuple[ModelCall, ...] = ()
    events: tuple[Event, ...] = ()
    submission: str | None = None
    seed_controls: tuple[str, ...] = ()
    memory_peak_bytes: int | None = None
