"""What the runner asks a grader to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mldevbench.sandbox.base import SandboxLimits


@dataclass(frozen=True, slots=True)
class GradeRequest:
    """One submission to be graded. `assets` are all of the profile's; those named in `mounted` are shown to probes as well.

    `requests` and `services` are what the trial's door took in; `environment` is the profile's, places not yet filled in.

    `submission` is a folder made by `collect`; folders for probes are made beside it. `timeout_s` is wall time.
    """

    task_dir: Path
    submission: Path
    profile: str
    values: Mapping[str, Any]
    assets: Mapping[str, Path]
    requests: tuple[str, ...]
    python: Path
    tier: str
    limits: SandboxLimits
    timeout_s: float
    gpus: tuple[str, ...] = ()
    rng_seed: int | None = None
    mounted: tuple[str, ...] = ()
    services: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
