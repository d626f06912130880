"""A task's workspace: laid out for whoever works in it, and graded when they are done."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread

from mldevbench.catalog import Task
from mldevbench.data import prepare
from mldevbench.grading.collect import collect, pack, unpack
from mldevbench.grading.host import GradeRequest, run_grader
from mldevbench.node import Node
from mldevbench.offers import Offers
from mldevbench.outcome import Check, Grade

COLLECT_S = 600.0
"""How long it may take to copy and pack what was left: a workspace for which that is not enough fails."""
SUBMISSION_FILES = 20_000
SUBMISSION_KEPT = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Heard:
    """What the door took in during a trial: the paths that were requested, and each service's record."""

    requests: tuple[str, ...] = ()
    services: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Left:
    """What a trial left when it stopped, for another one to begin with: its workspace, and what its door had taken in."""

    workspace: Path
    requests: tuple[str, ...]
    offers: Offers


async def gather(task: Task, profile: str, python: Path) -> dict[str, Path]:
    """Where each asset of a profile lies, built first when it is not there. Raises InfraError."""
    names = task.profile(profile).assets.all
    return {name: await anyio.to_thread.run_sync(prepare, name, profile, task.folder, python) for name in names}


async def lay_out(task: Task, workspace: Path, left: Path | None = None) -> None:
    """Makes `workspace`, a new folder with the task's starting files, or with those that a trial `left`."""
    source = left or task.folder / "workspace"
    ignore = shutil.ignore_patterns("__pycache__")
    if source.is_dir():
        copy = partial(shutil.copytree, source, workspace, symlinks=left is not None, ignore=ignore)
        await anyio.to_thread.run_sync(copy, abandon_on_cancel=True)
    else:
        await anyio.to_thread.run_sync(workspace.mkdir)


async def grade(
    task: Task,
    profile: str,
    workspace: Path,
    *,
    place: Path,
    node: Node,
    gpus: tuple[str, ...],
    assets: Mapping[str, Path],
    heard: Heard,
) -> tuple[Grade, bytes | None]:
    """Takes the declared outputs, drops everything else, and lets the trusted grader look at them; `place` is for its copies.

    Also the packed submission, None when it is too large to keep. Raises GraderError and InfraError.
    """
    submitted = place / "submission"
    with anyio.move_on_after(COLLECT_S) as scope:
        refused, packed = await anyio.to_thread.run_sync(_taken_over, task, profile, workspace, submitted, abandon_on_cancel=True)
    if scope.cancelled_caught:
        return Grade((Check("submission", False, f"it could not be copied within {COLLECT_S:g} s"),)), None
    found = await run_grader(_request(task, profile, submitted, node, gpus, assets, heard), warm=node.warm)
    return Grade(tuple(refused) + found.checks, found.metrics), packed


def _taken_over(task: Task, profile: str, workspace: Path, submitted: Path) -> tuple[list[Check], bytes | None]:
    outputs, most = task.file.outputs, int(task.profile(profile).submission_gb * 2**30)
    refused = collect(workspace, task.folder / "workspace", outputs, submitted, max_bytes=most, max_files=SUBMISSION_FILES)
    return refused, pack(submitted, outputs, max_bytes=SUBMISSION_KEPT)


async def grade_again(
    task: Task, profile: str, packed: bytes, *, place: Path, node: Node, assets: Mapping[str, Path], heard: Heard
) -> Grade:
    """The verdict of the trusted grader on a submission that `grade` had packed. Raises UserError when it is damaged."""
    submitted = place / "submission"
    await anyio.to_thread.run_sync(unpack, packed, task.folder / "workspace", task.file.outputs, submitted)
    return await run_grader(_request(task, profile, submitted, node, node.gpus, assets, heard), warm=node.warm)


def _request(
    task: Task, profile: str, submitted: Path, node: Node, gpus: tuple[str, ...], assets: Mapping[str, Path], heard: Heard
) -> GradeRequest:
    chosen = task.profile(profile)
    return GradeRequest(
        task_dir=task.folder,
        submission=submitted,
        profile=profile,
        values=chosen.values,
        assets=assets,
        requests=heard.requests,
        services=heard.services,
        python=node.python,
        tier=node.tier,
        limits=chosen.sandbox_limits,
        timeout_s=chosen.time.grade_s,
        gpus=gpus,
        mounted=chosen.assets.mount,
        environment=chosen.environment,
    )
