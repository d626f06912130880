"""From the driver's many trials to its one writer: a record is delivered once it is on stable storage."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat

import anyio

from mldevbench.outcome import TrialRecord
from mldevbench.results.writer import ResultsWriter
from mldevbench.watching import Watcher

Item = tuple[TrialRecord, bytes | None]


class NotWritten(Exception):
    """The record is in the spool of its node only; the next run of the same command takes it over."""


@dataclass(slots=True)
class _Delivery:
    """An item on its way to the writer. When it is `settled` it is on stable storage, or `refused`."""

    item: Item
    settled: anyio.Event = field(default_factory=anyio.Event)
    refused: bool = False


class Deliveries:
    """What cannot be written (a full disk, an object store that is away) is tried again for `patience_s`.

    After that, or when nobody is `patient` any more, it is refused: `refusal` says why, and `on_refusal` is called. Trials keep
    their slots until they are settled, so none are launched meanwhile.
    """

    def __init__(self, writer: ResultsWriter, watcher: Watcher, patience_s: float, on_refusal: Callable[[], None]) -> None:
        self._writer, self._watcher, self._patience_s, self._on_refusal = writer, watcher, patience_s, on_refusal
        self._send, self._received = anyio.create_memory_object_stream[_Delivery](math.inf)
        self._refused = 0
        self.refusal: str | None = None
        self.patient = True

    async def deliver(self, record: TrialRecord, submission: bytes | None) -> None:
        """Returns once the record is durable. Raises NotWritten when it cannot be."""
        delivery = _Delivery((record, submission))
        await self._send.send(delivery)
        await delivery.settled.wait()
        if delivery.refused:
            raise NotWritten

    async def write(self) -> None:
        """The one writer: whatever arrived while the last batch was being written goes into the next, with one fsync."""
        async for first in self._received:
            batch = [first]
            while self._received.statistics().current_buffer_used:
                batch.append(self._received.receive_nowait())
            error = await self._append([delivery.item for delivery in batch])
            if error is not None:
                self._refuse(len(batch), error)
            for delivery in batch:
                delivery.refused = error is not None
                delivery.settled.set()

    async def _append(self, items: Sequence[Item]) -> OSError | None:
        """What kept them from being durable, at last."""
        give_up_at = anyio.current_time() + (0.0 if self._refused else self._patience_s)
        failed: OSError | None = None
        for pause in chain((0.0, 1.0, 2.0, 4.0), repeat(8.0)):
            await anyio.sleep(pause)
            try:
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(self._writer.append_many, items)
            except OSError as error:
                if failed is None:
                    self._watcher.note(f"results cannot be written, tried again for a while: {_line(error)}", "not_written")
                failed = error
            else:
                if failed:
                    self._watcher.note("results are written again", "written_again")
                return None
            if not self.patient or anyio.current_time() >= give_up_at:
                break
        return failed

    def _refuse(self, count: int, error: OSError) -> None:
        self._refused += count
        waiting = f"{self._refused} finished attempt(s) wait on their nodes"
        self.refusal = f"results cannot be written: {_line(error)}; {waiting}: make room, and the same command takes them over"
        self._on_refusal()


def _line(error: OSError) -> str:
    return " ".join(str(error).split())[:300]
