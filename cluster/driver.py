"""The async driver: a bounded window of trials in flight, results taken as they come, each acknowledged once it is durable."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import anyio
import anyio.lowlevel
import ray
from anyio.abc import TaskGroup

from cluster.budget import SweepBudget
from cluster.delivery import Deliveries, NotWritten
from cluster.parking import Parking
from cluster.pool import Pool, PoolClosed
from cluster.services import acknowledge
from cluster.trial_actor import ActorConfig, Started
from cluster.worker import Worker
from mldevbench.catalog import Catalog
from mldevbench.gateway import is_synthetic
from mldevbench.outcome import InfraError, Outcome, TrialRecord, Usage
from mldevbench.results.codec import decode
from mldevbench.results.spool import Spooled
from mldevbench.results.writer import ResultsWriter
from mldevbench.spec import Resources, TrialSpec
from mldevbench.watching import Watcher

OF_A_NODE = frozenset({"environment", "asset", "sandbox_start"})
"""Kinds of infrastructure error that another attempt on the same node would only repeat."""
ELSEWHERE = OF_A_NODE | {"node_lost", "node_services", "runner"}
"""Kinds after which the next attempt goes to another node, if there is one."""
LONGEST_PAUSE_S = 30.0
SALVAGE_S = 30.0
"""How long a node is asked for what a dead actor had finished."""
GRACE_S = 10.0
"""How long trials may go on after an interrupt before they are cancelled."""
LONG_SKIP = 1000
"""Trials that may be skipped, because they are there already, before others get their turn: about 10 ms."""
LOOK_EVERY_S = 5.0
"""How often the watcher is shown the actors."""


@dataclass(slots=True)
class Job:
    """What the driver is to do: `trials` (anew at each call) without those that the results hold already.

    `shapes` are what a task and an agent ask of a node. `retries` are further attempts after infrastructure errors; `patience_s`
    is how long a model or task that fails everywhere is tried again.
    """

    trials: Callable[[], Iterable[TrialSpec]]
    catalog: Catalog
    shapes: Mapping[tuple[str, str], Resources]
    writer: ResultsWriter
    watcher: Watcher
    config: ActorConfig
    concurrency: int
    retries: int
    patience_s: float
    budget: SweepBudget


class Driver:
    """Runs a job to its end. `interrupted` and `given_up` say why trials were left out, if any were."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._launching: anyio.CancelScope
        self._deliveries = Deliveries(job.writer, job.watcher, job.patience_s, self._stop)
        self._parking = Parking(job.patience_s)
        self._tried: set[str] = set()
        self.interrupted = False

    @property
    def given_up(self) -> list[str]:
        """What was not tried any more, each with the reason: models, agents, tasks, or all because of the disk or the money."""
        refusals = self._deliveries.refusal, self._job.budget.refusal
        return [*self._parking.given_up.values(), *(refusal for refusal in refusals if refusal)]

    async def run(self) -> None:
        """Returns when every trial has a record, or sooner after an interrupt; all that was finished is durable then."""
        job = self._job
        self._launching = anyio.CancelScope()
        pool = Pool(job.config, job.concurrency, self._greet, self._take_over)
        async with anyio.create_task_group() as background:
            background.start_soon(self._deliveries.write)
            async with pool.running():
                background.start_soon(self._watch_signals, pool)
                background.start_soon(self._look, pool)
                async with anyio.create_task_group() as trials:
                    await self._launch(pool, trials)
                await job.watcher.look(pool.census())  # however short it was
            background.cancel_scope.cancel()

    async def _look(self, pool: Pool) -> None:
        while True:
            await self._job.watcher.look(pool.census())
            await anyio.sleep(LOOK_EVERY_S)

    async def _launch(self, pool: Pool, trials: TaskGroup) -> None:
        """Round after round over what is missing: what is parked in one is tried in a later one."""
        window = anyio.Semaphore(self._job.concurrency)
        with self._launching:
            while True:
                self._job.budget.begin_round()
                for number, spec in enumerate(self._job.trials()):
                    key = spec.key
                    if number % LONG_SKIP == 0:
                        await anyio.lowlevel.checkpoint()
                    if key in self._job.writer.finished or key in self._tried:
                        continue
                    await window.acquire()
                    if not await self._job.budget.admits(spec):
                        window.release()
                    elif self._parking.admits(spec):
                        self._tried.add(key)
                        trials.start_soon(self._run_trial, spec, pool, window)
                    else:
                        self._job.budget.over(spec, None)
                        window.release()
                if not await self._parking.opens():
                    return

    async def _run_trial(self, spec: TrialSpec, pool: Pool, window: anyio.Semaphore) -> None:
        """All attempts of one trial; only an infrastructure error earns another, on another node if there is one."""
        record, avoid = None, frozenset[str]()
        shape = self._shape(spec)
        try:
            first = self._job.writer.attempts_of(spec.key) + 1
            for attempt in range(first, first + self._job.retries + 1):
                record, node_id = await self._attempt(spec, attempt, pool, avoid)
                if record is None:
                    return
                if node_id and record.error_kind in ELSEWHERE:
                    avoid |= {node_id}
                final = attempt == first + self._job.retries or self._launching.cancel_called
                final = final or not _again(record, elsewhere=pool.has_other(shape, avoid))
                self._job.watcher.ended(record, final=final)
                if final:
                    return
                await anyio.sleep(min(LONGEST_PAUSE_S, 2.0 ** (attempt - first)))
        except (PoolClosed, NotWritten):
            record = None  # it never started, or its node keeps it: the next run of the same command sees to it
        finally:
            if record is None or record.outcome.graded:
                self._tried.discard(spec.key)  # the writer knows it, and a million of them must fit
            window.release()
            self._job.budget.over(spec, record)
            for note in self._parking.judge(spec, record):
                self._job.watcher.note(note, "parked")

    async def _attempt(self, spec: TrialSpec, attempt: int, pool: Pool, avoid: frozenset[str]) -> tuple[TrialRecord | None, str]:
        """Its record, and the node that it ran on. None when the trial turned out to be finished: an earlier driver's record
        was found on a node meanwhile.
        """
        started_at, node_id = time.time(), ""
        try:
            async with pool.slot(self._shape(spec), avoid) as worker:
                node_id = worker.node_id
                if spec.key in self._job.writer.finished:
                    return None, node_id
                self._job.watcher.started(spec, attempt, worker.node)
                encoded, submission = await self._run_on(worker, spec, attempt, pool)
                record: TrialRecord = decode(encoded)
                await self._deliveries.deliver(record, submission)
                await acknowledge(worker.services, record)
                if record.error_kind == "node_services":
                    pool.lost(worker, with_services=True)
        except InfraError as error:
            record = self._lost_record(spec, attempt, started_at, error, begun=bool(node_id))
            await self._deliveries.deliver(record, None)
        return record, node_id

    async def _run_on(self, worker: Worker, spec: TrialSpec, attempt: int, pool: Pool) -> Spooled:
        """What the actor answers, or what it had finished when it died. Raises InfraError when that is nothing."""
        try:
            answer: Spooled = await worker.handle.run.remote(spec.to_dict(), attempt)
            return answer
        except ray.exceptions.RayTaskError as error:
            raise InfraError("runner", f"the actor failed: {error}") from None
        except ray.exceptions.RayError as error:  # it died, its node did, or its answer was lost on the way
            pool.lost(worker)
            with suppress(ray.exceptions.RayError), anyio.move_on_after(SALVAGE_S):
                left: Spooled | None = await worker.services.finished.remote(spec.key, attempt)
                if left is not None:
                    return left
            raise InfraError("node_lost", f"the actor died: {str(error).splitlines()[0]}") from None

    def _shape(self, spec: TrialSpec) -> Resources:
        return self._job.shapes[spec.task, spec.agent.name]

    def _stop(self) -> None:
        self._launching.cancel()

    async def _greet(self, started: Started) -> None:
        if started.tier == "none":
            self._job.watcher.note(f"no sandbox is used on node {started.node}: trials there run unconfined (isolation none)")

    async def _take_over(self, record: TrialRecord, submission: bytes | None) -> None:
        """A trial that an earlier driver did not live to record is recorded now, instead of being paid for twice."""
        known = record.trial_key in self._job.writer.finished
        await self._deliveries.deliver(record, submission)
        if not known:
            self._job.budget.taken_over_record(record)
        if record.outcome.graded and not known:
            self._job.watcher.taken_over(TrialSpec.from_dict(record.trial), record.outcome)

    async def _watch_signals(self, pool: Pool) -> None:
        """First interrupt: launch no more, give running trials a while, then cancel them. Second: out at once."""
        with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async for _ in signals:
                if self.interrupted:
                    raise KeyboardInterrupt
                self.interrupted, self._deliveries.patient = True, False
                self._launching.cancel()
                pool.close()
                self._job.watcher.note(
                    f"interrupted: running trials have {GRACE_S:.0f} s; once more to stop at once", "interrupted"
                )
                self._cancel_later(pool)

    def _cancel_later(self, pool: Pool) -> None:
        async def cancel() -> None:
            await anyio.sleep(GRACE_S)
            await pool.cancel_trials()

        pool.tasks.start_soon(cancel)

    def _lost_record(self, spec: TrialSpec, attempt: int, started_at: float, error: InfraError, *, begun: bool) -> TrialRecord:
        """What its calls cost died with the actor, if it had begun."""
        return TrialRecord(
            trial_key=spec.key,
            attempt=attempt,
            trial=spec.to_dict(),
            labels=self._job.catalog.task(spec.task).labels,
            outcome=Outcome.INFRA_ERROR,
            stop_reason=None,
            error_kind=error.kind,
            error=str(error),
            started_at=started_at,
            node="",
            isolation="",
            usage=Usage(cost_usd=None if begun and spec.model else 0.0),
            synthetic_model=spec.model is not None and is_synthetic(spec.model),
        )


def _again(record: TrialRecord, *, elsewhere: bool) -> bool:
    """Whether another attempt can end otherwise; `elsewhere`: there is a node on which it was not tried."""
    if record.outcome is not Outcome.INFRA_ERROR or record.error_kind == "provider_auth":
        return False
    return elsewhere or record.error_kind not in OF_A_NODE
