"""A trial under way: what it works on, what is known of it so far, and the record that comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import ceil
from pathlib import Path

from mldevbench.agent import EventLog
from mldevbench.agent_folder import Agent
from mldevbench.catalog import Profile, Task
from mldevbench.clock import TrialClock
from mldevbench.gateway import Door, is_synthetic
from mldevbench.node import Node
from mldevbench.offers import Offers
from mldevbench.outcome import Grade, Outcome, StopReason, Timings, TrialRecord, Usage
from mldevbench.spec import Limits, TrialSpec
from mldevbench.workspace import Heard, Left


@dataclass(slots=True)
class Trial:
    """Filled in phase by phase; what is None is not known, or not yet."""

    spec: TrialSpec
    node: Node
    task: Task
    agent: Agent
    profile: Profile
    place: Path
    log: EventLog
    clock: TrialClock = field(default_factory=TrialClock)
    assets: dict[str, Path] = field(default_factory=dict)
    agent_python: Path | None = None
    after: Left | None = None
    offers: Offers = Offers()
    heard: Heard = Heard()
    tier: str | None = None
    stop: StopReason | None = None
    memory_peak: int | None = None
    gpu_lent_s: float = 0.0
    gpu_busy_s: float = 0.0
    grade: Grade | None = None
    submission: bytes | None = None
    timings: Timings = Timings()
    door: Door | None = None

    @property
    def workspace(self) -> Path:
        return self.place / "workspace"

    @property
    def gpus(self) -> tuple[str, ...]:
        """The devices that it holds from start to end."""
        return self.node.gpus[: ceil(self.profile.resources.gpus)]

    @property
    def lends_gpus(self) -> bool:
        """Whether its commands are lent GPUs."""
        return self.node.lends_gpus and self.profile.resources.gpus > 0

    def gpu_times(self) -> tuple[float | None, float | None]:
        """GPU seconds held and used while it was solved. Used is null for an agent that has them and never asks."""
        if self.lends_gpus:
            return self.gpu_lent_s, self.gpu_busy_s * self.profile.resources.gpus
        if self.gpus:
            share = self.profile.resources.gpus
            return self.clock.total_s * share, self.gpu_busy_s * share or None
        return None, None

    @property
    def limits(self) -> Limits:
        """Those of the sweep; the time is the task's where the sweep has none."""
        limits = self.spec.limits
        return replace(limits, max_time_s=limits.max_time_s or self.profile.time.solve_s)

    def record(self, attempt: int, started_at: float, outcome: Outcome, error_kind: str | None, error: str | None) -> TrialRecord:
        """What this attempt came to; `started_at` is Unix time in seconds."""
        spec = self.spec
        synthetic = spec.model is not None and is_synthetic(spec.model)
        seeded = ("scripted model",) if synthetic else ("model sampling",) if spec.model else ()
        return TrialRecord(
            trial_key=spec.key,
            attempt=attempt,
            trial=spec.to_dict(),
            labels=self.task.labels,
            outcome=outcome,
            stop_reason=self.stop,
            error_kind=error_kind,
            error=error,
            started_at=started_at,
            node=self.node.name,
            isolation=self.tier or self.node.tier,
            synthetic_model=synthetic,
            usage=self.door.usage if self.door else Usage(),
            timings=self.timings,
            checks=self.grade.checks if self.grade else (),
            metrics=self.grade.metrics if self.grade else (),
            calls=self.door.calls if self.door else (),
            events=tuple(self.log.events),
            memory_peak_bytes=self.memory_peak,
            seed_controls=("PYTHONHASHSEED of commands", *seeded),
        )
