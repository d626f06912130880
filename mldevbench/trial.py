"""The life of one trial, start to finish: prepare, solve, stop, grade. (Recording is the results package's.)"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import anyio

from mldevbench.agent import AgentContext, EventLog
from mldevbench.catalog import Catalog
from mldevbench.clock import TrialClock
from mldevbench.gateway import Door, Script, is_synthetic
from mldevbench.node import Node
from mldevbench.offers import Offers
from mldevbench.outcome import (
    AgentError,
    BudgetSpent,
    Event,
    GraderError,
    InfraError,
    LimitReached,
    MLDevBenchError,
    Outcome,
    StopReason,
    TrialRecord,
    single_cause,
)
from mldevbench.place import trial_folder
from mldevbench.results.clean import without_secrets
from mldevbench.sandbox import open_sandbox
from mldevbench.sandbox.base import SandboxSpec
from mldevbench.sandbox.broker import lent
from mldevbench.solution import Solution
from mldevbench.spec import TrialSpec
from mldevbench.under_way import Trial
from mldevbench.workspace import Heard, Left, gather, lay_out
from mldevbench.workspace import grade as grade_workspace

STEP_S = 600.0
"""How long a step of preparing may take that neither builds nor fetches anything; what does is bounded by its progress."""
GRACE_S = 60.0
"""How long an agent may go on after its door has refused it a call for good: to write its files, not for ever."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A trial's record, the packed submission that goes with it (None when it was too large to keep), and what was to be kept."""

    record: TrialRecord
    submission: bytes | None
    left: Left | None = None


async def run_trial(
    spec: TrialSpec,
    *,
    catalog: Catalog,
    node: Node,
    attempt: int = 1,
    on_event: Callable[[Event], None] | None = None,
    scope: anyio.CancelScope | None = None,
    after: Left | None = None,
    keep: Path | None = None,
) -> Finished:
    """Runs one attempt of a trial and says how it ended. Cancelling `scope` ends it early, as `cancelled`.

    Nothing of the trial outlives this call: no process, no file outside the caches. The record is not durable yet; neither it nor
    the submission holds a key of the node's gateway. For checks of tasks, a trial can begin where another one stopped (`after`),
    and leave its workspace to others, as the new folder `keep` (below that of all trials).
    """
    started_at, start = time.time(), time.monotonic()
    task, agent = catalog.task(spec.task), catalog.agent(spec.agent.name)
    async with trial_folder(spec.key) as place:
        trial = Trial(spec, node, task, agent, task.profile(spec.profile), place, EventLog(on_event), after=after)
        outcome, error_kind, error = Outcome.CANCELLED, None, None
        with scope or anyio.CancelScope():
            outcome, error_kind, error = await _phases(trial)
        trial.timings = replace(trial.timings, wall_s=time.monotonic() - start)
        record = trial.record(attempt, started_at, outcome, error_kind, error)
        left = _kept(trial, keep) if keep else None
    with anyio.CancelScope(shield=True):
        clean = await anyio.to_thread.run_sync(without_secrets, record, trial.submission, node.gateway.secrets)
    return Finished(*clean, left)


async def _phases(trial: Trial) -> tuple[Outcome, str | None, str | None]:
    try:
        await prepare(trial)
        try:
            await solve(trial)
        except Exception as raised:
            # Whatever the agent did to its sandbox, also while that was being closed, ends in grading.
            if not isinstance(single_cause(raised), AgentError):
                raise
            trial.stop = StopReason.AGENT_ERROR
        await grade(trial)
    except Exception as raised:
        return _explain(single_cause(raised))
    assert trial.grade is not None
    return trial.grade.outcome, None, None


def _explain(error: BaseException) -> tuple[Outcome, str, str]:
    if isinstance(error, InfraError):
        return Outcome.INFRA_ERROR, error.kind, str(error)
    if isinstance(error, BudgetSpent):
        return Outcome.CANCELLED, "budget", str(error)
    if isinstance(error, GraderError):
        return Outcome.GRADER_ERROR, "grader", str(error)
    # A defect of ours: never the agent's failure, and never a reason to lose the other trials.
    return Outcome.INFRA_ERROR, "runner", "".join(traceback.format_exception(error, limit=-8))


async def prepare(trial: Trial) -> None:
    """A fresh workspace from the task's own, the assets, which nobody can change, and all that takes long to build or import."""
    start = time.monotonic()
    try:
        with _step("importing the agent"):
            await anyio.to_thread.run_sync(trial.agent.load, abandon_on_cancel=True)
        trial.agent_python = await anyio.to_thread.run_sync(trial.agent.python)
        if trial.spec.model is not None:
            with _step("importing litellm"):
                await trial.node.gateway.load()
        trial.assets = await gather(trial.task, trial.spec.profile, trial.node.python)
        with _step("copying the task's workspace"):
            await lay_out(trial.task, trial.workspace, trial.after.workspace if trial.after else None)
    finally:
        trial.timings = replace(trial.timings, prepare_s=time.monotonic() - start)


@contextmanager
def _step(what: str) -> Iterator[None]:
    with anyio.move_on_after(STEP_S) as scope:
        yield
    if scope.cancelled_caught:
        raise InfraError("runner", f"{what} took longer than {STEP_S:g} s")


async def solve(trial: Trial) -> None:
    """The agent works until it submits or a limit ends it. When this returns, every process of its sandbox is dead."""
    spec, node, profile = trial.spec, trial.node, trial.profile
    trial.clock = clock = TrialClock()
    tier = trial.tier = node.tier_for(proc=profile.proc)
    sandbox_spec = SandboxSpec(
        workspace=trial.workspace,
        python=node.python,
        pythons=(trial.agent_python,) if trial.agent_python else (),
        binds={name: trial.assets[name] for name in profile.assets.mount},
        env={"PYTHONHASHSEED": str(spec.seed), "MLDEVBENCH_PROFILE": spec.profile},
        limits=replace(profile.sandbox_limits, memory=profile.sandbox_limits.memory + trial.agent.memory),
        gpus=trial.gpus,
        lends_gpus=trial.lends_gpus,
        network=profile.network,
    )
    served = [trial.assets[name] for name in profile.assets.serve]
    trial.offers = trial.after.offers.copy() if trial.after else Offers.make(served, profile.services, trial.task.folder)
    try:
        async with (
            node.gateway.open_door(
                trial=spec.key, model=spec.model, limits=spec.limits, seed=spec.seed, clock=clock, script=_script(trial)
            ) as door,
            open_sandbox(sandbox_spec, tier=tier, broker=node.broker, clock=clock) as sandbox,
        ):
            trial.door = door
            assert sandbox.listener is not None
            assert sandbox.door_url is not None
            async with door.serve(sandbox.listener, sandbox.door_url, trial.offers):
                places = {name: sandbox.path(name) for name in profile.assets.mount}
                places |= {"workspace": sandbox.workspace, "door": sandbox.door_url}
                sandbox.variables.update(trial.task.environment(spec.profile, places))
                ctx = AgentContext(
                    instruction=trial.task.instruction(spec.profile, places),
                    sandbox=sandbox,
                    model=door if spec.model else None,
                    limits=trial.limits,
                    seed=spec.seed,
                    log=trial.log,
                    args=spec.agent.arguments(),
                    answers=trial.task.folder if trial.agent.file.control else None,
                    cpus=profile.shape.cpus,
                    gpus=profile.shape.gpus if trial.gpus or trial.lends_gpus else 0.0,
                    python=trial.agent_python,
                )
                trial.log.start()
                trial.stop, fault = await _within_limits(trial, ctx, door)
            trial.memory_peak = sandbox.memory_peak
            trial.gpu_lent_s, trial.gpu_busy_s = sandbox.gpu_held_s, sandbox.gpu_busy_s
            earlier = trial.after.requests if trial.after else ()
            trial.heard = Heard(earlier + door.requests, trial.offers.records())
            if trial.offers.files or trial.offers.services:  # so that the submission can be graded again
                trial.log.add("door", requests=list(trial.heard.requests), services=dict(trial.heard.services))
    finally:
        held_s, used_s = trial.gpu_times()
        trial.timings = replace(trial.timings, **clock.timings(), gpu_held_s=held_s, gpu_used_s=used_s)
    if fault is not None:
        raise fault


async def _within_limits(trial: Trial, ctx: AgentContext, door: Door) -> tuple[StopReason | None, MLDevBenchError | None]:
    """Runs the agent to its end or to a limit; a fault that is not its own is handed back, to be raised when all is closed."""
    stop, fault = StopReason.SUBMITTED, None

    async def watch() -> None:
        nonlocal stop
        assert trial.limits.max_time_s is not None
        await trial.clock.reaches(trial.limits.max_time_s)
        stop = StopReason.MAX_TIME
        door.close_for(stop)
        tasks.cancel_scope.cancel()

    async def watch_door() -> None:
        await door.closed()
        await trial.clock.reaches(trial.clock.elapsed_s + GRACE_S)
        tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch)
        tasks.start_soon(watch_door)
        try:
            await trial.agent.load()(ctx)
        except LimitReached as limit:
            stop = limit.reason
        except (InfraError, BudgetSpent) as error:
            fault = error
        except Exception as error:
            stop = StopReason.AGENT_ERROR
            trial.log.add("note", text=f"{type(error).__name__}: {error}")
        tasks.cancel_scope.cancel()
    fault = fault or door.fault
    return None if fault else door.limit or stop, fault


async def grade(trial: Trial) -> None:
    """The verdict on what was left in the workspace; for as long as it takes it has the CPUs and GPUs that the task asks for."""
    broker, resources, gpus = trial.node.broker, trial.profile.resources, trial.gpus
    asked = time.monotonic()
    async with AsyncExitStack() as leases:
        if trial.lends_gpus:  # first, for who holds CPUs must not wait for GPUs
            gpus = (await leases.enter_async_context(lent(broker, 0, resources.gpus, trial.spec.key))).devices
        await leases.enter_async_context(lent(broker, resources.cpus, 0, trial.spec.key))
        start = time.monotonic()
        try:
            trial.grade, trial.submission = await grade_workspace(
                trial.task,
                trial.spec.profile,
                trial.workspace,
                place=trial.place,
                node=trial.node,
                gpus=gpus,
                assets=trial.assets,
                heard=trial.heard,
            )
        finally:
            trial.timings = replace(trial.timings, grade_waited_s=start - asked, grade_s=time.monotonic() - start)


def _kept(trial: Trial, keep: Path) -> Left | None:
    """None when the trial never began."""
    if not trial.workspace.is_dir():
        return None
    trial.workspace.rename(keep)
    return Left(keep, trial.heard.requests, trial.offers)


def _script(trial: Trial) -> Script | None:
    """The reference solution, for a scripted model to play."""
    if trial.spec.model is None or not is_synthetic(trial.spec.model):
        return None
    solution = Solution.load(trial.task.folder, "solution")
    files = {name: data.decode() for name, data in solution.files.items()}
    row, gpu = trial.task.file.paper_row, trial.lends_gpus
    return Script(task=trial.task.id, paper_row=row, files=files, run=solution.run, gpu=gpu)
