"""The async driver: a bounded window of trials in flight, results taken as they come, each acknowledged once it is durable."""

from __future__ import annotations

import contextlib
import math
import signal
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Protocol

import anyio
import ray
from anyio.abc import TaskGroup
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from cluster.pool import Pool, PoolClosed, Worker
from cluster.trial_actor import ActorConfig, Started
from mldevbench.catalog import Catalog
from mldevbench.gateway import is_synthetic
from mldevbench.outcome import InfraError, Outcome, TrialRecord
from mldevbench.report.text import last_line
from mldevbench.results.codec import decode
from mldevbench.results.writer import ResultsWriter
from mldevbench.spec import Resources, TrialSpec

HOPELESS = frozenset({"provider_auth", "environment", "asset", "sandbox_start"})
"""Kinds of infrastructure error that another attempt at once would only repeat."""
GIVE_UP_AFTER = 10
"""Trials in a row that end in the same kind of infrastructure error before the driver launches no more."""
WRITE_PATIENCE_S = 600.0
"""How long results that cannot be written (a full disk, an object store that is away) are tried again."""
GRACE_S = 10.0
"""How long trials may go on after an interrupt before they are cancelled."""


class Watcher(Protocol):
    """Who is told how the sweep goes: the live table, or plain lines."""

    def started(self, spec: TrialSpec) -> None: ...
    def ended(self, record: TrialRecord, *, final: bool) -> None: ...
    def taken_over(self, outcome: Outcome) -> None: ...
    def note(self, text: str) -> None: ...


@dataclass(slots=True)
class Job:
    """What the driver is to do: `trials` without those that the results hold already; `retries` after infrastructure errors."""

    trials: Iterable[TrialSpec]
    catalog: Catalog
    shapes: Mapping[str, Resources]
    writer: ResultsWriter
    watcher: Watcher
    config: ActorConfig
    concurrency: int
    retries: int


@dataclass(slots=True)
class _Delivery:
    """A record on its way to the writer. `settled` is set once it is on stable storage, or `refused` says that it will not be."""

    record: TrialRecord
    submission: bytes | None
    settled: anyio.Event = field(default_factory=anyio.Event)
    refused: bool = False


class Driver:
    """Runs a job to its end. `interrupted` and `gave_up` say why it ended early, if it did."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._launching: anyio.CancelScope
        self._deliveries: MemoryObjectSendStream[_Delivery]
        self._same_errors: tuple[str | None, int] = (None, 0)
        self._refused = 0
        self.interrupted = False
        self.gave_up: str | None = None

    async def run(self) -> None:
        """Returns when every trial has a record, or sooner after an interrupt; all that was finished is durable then."""
        job = self._job
        self._launching = anyio.CancelScope()
        self._deliveries, received = anyio.create_memory_object_stream[_Delivery](math.inf)
        pool = Pool(job.config, job.concurrency, self._greet)
        async with anyio.create_task_group() as background:
            background.start_soon(self._write, received)
            async with pool.running():
                background.start_soon(self._watch_signals, pool)
                async with anyio.create_task_group() as trials:
                    await self._launch(pool, trials)
            self._deliveries.close()
            background.cancel_scope.cancel()

    async def _launch(self, pool: Pool, trials: TaskGroup) -> None:
        window = anyio.Semaphore(self._job.concurrency)
        with self._launching:
            for spec in self._job.trials:
                await window.acquire()
                trials.start_soon(self._run_trial, spec, pool, window)

    async def _run_trial(self, spec: TrialSpec, pool: Pool, window: anyio.Semaphore) -> None:
        """All attempts of one trial; only an infrastructure error earns another."""
        try:
            first = self._job.writer.attempts_of(spec.key) + 1
            for attempt in range(first, first + self._job.retries + 1):
                record = await self._attempt(spec, attempt, pool)
                if record is None:
                    self._job.watcher.taken_over(self._job.writer.finished[spec.key])
                    return
                last = attempt == first + self._job.retries
                again = record.outcome is Outcome.INFRA_ERROR and record.error_kind not in HOPELESS
                final = last or not again or self._launching.cancel_called
                self._job.watcher.ended(record, final=final)
                if final:
                    self._judge(record)
                    return
                await anyio.sleep(min(30.0, 2.0 ** (attempt - first)))
        except PoolClosed:
            pass  # it never started: the next run of the same command does it
        finally:
            window.release()

    async def _attempt(self, spec: TrialSpec, attempt: int, pool: Pool) -> TrialRecord | None:
        """None when the trial turned out to be finished: an earlier driver's record was found on a node meanwhile."""
        shape = self._job.shapes[spec.task]
        started_at = time.time()
        try:
            async with pool.slot(shape) as worker:
                if spec.key in self._job.writer.finished:
                    return None
                self._job.watcher.started(spec)
                try:
                    encoded, submission = await worker.handle.run.remote(spec.to_dict(), attempt)
                except ray.exceptions.RayActorError as error:
                    await pool.lost(worker)
                    raise InfraError("node_lost", f"the actor died: {str(error).splitlines()[0]}") from None
                record: TrialRecord = decode(encoded)
                await self._deliver(record, submission)
                await _acknowledge(worker, record)
                if record.error_kind == "node_services":
                    await pool.lost(worker, with_services=True)
        except InfraError as error:
            record = self._lost_record(spec, attempt, started_at, error)
            await self._deliver(record, None)
        return record

    async def _deliver(self, record: TrialRecord, submission: bytes | None) -> None:
        """Returns once the record is durable. Raises PoolClosed when it cannot be: its node keeps it for the next run."""
        delivery = _Delivery(record, submission)
        await self._deliveries.send(delivery)
        await delivery.settled.wait()
        if delivery.refused:
            raise PoolClosed

    async def _write(self, received: MemoryObjectReceiveStream[_Delivery]) -> None:
        """The one writer: whatever arrived while the last batch was being written goes into the next, with one fsync."""
        async for first in received:
            batch = [first]
            while received.statistics().current_buffer_used:
                batch.append(received.receive_nowait())
            refused = not await self._append([(d.record, d.submission) for d in batch])
            for delivery in batch:
                delivery.refused = refused
                delivery.settled.set()

    async def _append(self, items: Sequence[tuple[TrialRecord, bytes | None]]) -> bool:
        """Whether they are durable. Tried again for a while: trials wait in their slots meanwhile, so no more are launched."""
        give_up_at = time.monotonic() + (0.0 if self._refused else WRITE_PATIENCE_S)
        failed: OSError | None = None
        for pause in chain((0.0, 1.0, 2.0, 4.0), repeat(8.0)):
            await anyio.sleep(pause)
            try:
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(self._job.writer.append_many, items)
            except OSError as error:
                first, failed = failed is None, error
            else:
                if failed:
                    self._job.watcher.note("results are written again")
                return True
            if self.interrupted or time.monotonic() >= give_up_at:
                break
            if first:
                self._job.watcher.note(f"results cannot be written, tried again for a while: {_line(failed)}")
        self._refuse(len(items), failed)
        return False

    def _refuse(self, count: int, error: OSError | None) -> None:
        self._refused += count
        waiting = f"{self._refused} finished attempt(s) wait on their nodes"
        self.gave_up = f"results cannot be written: {_line(error)}; {waiting}: make room, and the same command takes them over"
        self._launching.cancel()

    async def _greet(self, worker: Worker, started: Started) -> None:
        """Trials that an earlier driver did not live to acknowledge are taken over instead of being paid for twice."""
        if started.tier == "none":
            self._job.watcher.note(f"no sandbox is used on node {started.node}: trials there run unconfined (isolation none)")
        for encoded, submission in started.spooled:
            record = decode(encoded)
            await self._deliver(record, submission)
            await _acknowledge(worker, record)

    def _judge(self, record: TrialRecord) -> None:
        """Stops launching when trial after trial ends in the same infrastructure error."""
        kind, count = self._same_errors
        if record.outcome is not Outcome.INFRA_ERROR:
            self._same_errors = (None, 0)
            return
        count = count + 1 if record.error_kind == kind else 1
        self._same_errors = (record.error_kind, count)
        if count >= GIVE_UP_AFTER or record.error_kind == "provider_auth":
            self.gave_up = f"{count} trial(s) in a row ended in {record.error_kind}: {last_line(record.error or '')}"
            self._launching.cancel()

    async def _watch_signals(self, pool: Pool) -> None:
        """First interrupt: launch no more, give running trials a while, then cancel them. Second: out at once."""
        with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async for _ in signals:
                if self.interrupted:
                    raise KeyboardInterrupt
                self.interrupted = True
                self._launching.cancel()
                pool.close()
                self._job.watcher.note(f"interrupted: running trials have {GRACE_S:.0f} s; once more to stop at once")
                self._cancel_later(pool)

    def _cancel_later(self, pool: Pool) -> None:
        async def cancel() -> None:
            await anyio.sleep(GRACE_S)
            await pool.cancel_trials()

        pool.tasks.start_soon(cancel)

    def _lost_record(self, spec: TrialSpec, attempt: int, started_at: float, error: InfraError) -> TrialRecord:
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
            synthetic_model=spec.model is not None and is_synthetic(spec.model),
        )


def _line(error: OSError | None) -> str:
    return " ".join(str(error).split())[:300]


async def _acknowledge(worker: Worker, record: TrialRecord) -> None:
    """The node may forget the record now. A node that is gone has nothing to forget; should it come back, it delivers twice."""
    with contextlib.suppress(ray.exceptions.RayActorError):
        await worker.handle.acknowledge.remote(record.trial_key, record.attempt)
