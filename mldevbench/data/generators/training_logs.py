"""Long logs of trainings, and what each of them comes to. No number levels off, and every run has mishaps that it survives.

A run is stopped and taken up again from a checkpoint twice, so that some epochs come twice. But for the successful one, a run
does not come as far the last time as the time before: its last epoch is not the one with the largest number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

STEPS = (100, 200)
STEPS_AN_EPOCH = 300
CHECKPOINT = 50
VALIDATION = 5


@dataclass(frozen=True)
class Outcome:
    """How a run ended. Loss and accuracy (a fraction) are those of the last completed epoch, as they stand in the log."""

    last_epoch: int
    loss: float
    accuracy: float
    error: str | None
    """The last line of the traceback that ended the run."""


class _Run:
    """The lines of one run, as they come."""

    def __init__(self, epochs: int, rng: np.random.Generator) -> None:
        self.epochs, self.rng = epochs, rng
        self.lines: list[str] = []
        self.time = datetime(2026, 2, 1, 8, tzinfo=UTC) + timedelta(seconds=float(rng.uniform(0, 80_000)))
        self.completed: tuple[int, float, float] = (0, 0.0, 0.0)

    def say(self, text: str, level: str = "INFO", seconds: float = 0.05) -> None:
        self.time += timedelta(seconds=float(self.rng.uniform(0.2, 1.8)) * seconds)
        self.lines.append(f"{self.time:%Y-%m-%d %H:%M:%S.%f} {level:<7} {text}")

    def traceback(self, place: str, error: str) -> None:
        line = int(self.rng.integers(40, 400))
        self.lines += ["Traceback (most recent call last):", f'  File "/job/train.py", line {line}, in main', "    run(config)"]
        self.lines += [f'  File "/job/{place}.py", line {line // 2 + 11}, in {place}', f"    {place}_once(state, batch)", error]

    def out_of_memory(self) -> str:
        return f"torch.OutOfMemoryError: CUDA out of memory. Tried to allocate {self.rng.uniform(1, 9):.2f} GiB."

    def begin(self) -> None:
        self.say("configuration:")
        for line in ("model: resnet50", f"epochs: {self.epochs}", "batch size: 256", "learning rate: 0.1", "seed: 7"):
            self.say(f"    {line}")
        self.say("warm-up finished")

    def figures(self, epoch: int, noise: float, worse: float = 0.0) -> str:
        """Loss and accuracy: they go on changing, slowly, to the end."""
        left = (1 + epoch / 30) ** -0.3
        loss = 0.2 + 2 * left + worse + self.rng.normal(0, noise)
        accuracy = 1 - 0.85 * left - worse / 2 + self.rng.normal(0, noise)
        return f"loss {max(loss, 0.001):.5f} | accuracy {min(max(accuracy, 0.001), 0.999):.5f}"

    def steps(self, epoch: int, figures: str | None = None) -> None:
        for step in STEPS:
            told = figures or self.figures(epoch, 0.03)
            speed = self.rng.uniform(800, 900)
            self.say(f"epoch {epoch}/{self.epochs} step {step}/{STEPS_AN_EPOCH} | {told} | {speed:.0f} images/s")

    def epoch(self, epoch: int) -> None:
        self.steps(epoch)
        figures = self.figures(epoch, 0.01)
        self.complete(epoch, figures)
        words = figures.split()
        self.completed = (epoch, float(words[1]), float(words[4]))
        if epoch % VALIDATION == 0:
            self.say(f"epoch {epoch}/{self.epochs} validated | {self.figures(epoch, 0.02, worse=0.15)}", seconds=5)
        if epoch % CHECKPOINT == 0:
            self.say(f"checkpoint epoch_{epoch:05}.pt saved")
        if self.rng.random() < 0.01:
            self.say(f"{self.out_of_memory()} The cache was emptied, and the step done again", "WARNING")

    def complete(self, epoch: int, figures: str) -> None:
        rate = 0.1 * 0.999**epoch
        self.say(f"epoch {epoch}/{self.epochs} completed | {figures} | learning rate {rate:.2e}", seconds=50)

    def between(self, first: int, last: int) -> None:
        for epoch in range(first, last + 1):
            self.epoch(epoch)

    def taken_up_again(self, epoch: int) -> int:
        """After an error that did not end the run; returns the epoch of the checkpoint."""
        self.steps(epoch)
        self.traceback("evaluate", self.out_of_memory())
        checkpoint = (epoch - 1) // CHECKPOINT * CHECKPOINT
        self.say("the run stopped and is taken up again", "ERROR")
        self.say(f"going on from checkpoint epoch_{checkpoint:05}.pt", seconds=100)
        return checkpoint

    def failed(self, place: str, error: str) -> str:
        self.traceback(place, error)
        self.say("training stopped", "ERROR")
        self.say("devices were released; best validation accuracy 0.93000, loss 0.30000")
        return error


def _out_of_memory(run: _Run, epoch: int) -> str:
    run.steps(epoch)
    return run.failed("forward", run.out_of_memory())


def _not_a_number(run: _Run, epoch: int) -> str:
    count = int(run.rng.integers(8, 30))
    for later in range(epoch, epoch + count):
        figures = "loss nan | accuracy 0.00098"
        run.steps(later, figures)
        run.complete(later, figures)
    return run.failed("guard", f"FloatingPointError: the loss has not been a number for {count} epochs, giving up")


def _disk_full(run: _Run, epoch: int) -> str:
    """The line of the last epoch is cut off within a number."""
    run.steps(epoch)
    run.complete(epoch, run.figures(epoch, 0.01))
    run.lines[-1] = run.lines[-1].split(" | learning")[0][:-2]
    return run.failed("save", f"OSError: [Errno 28] No space left on device: '/scratch/job_{run.rng.integers(10_000, 99_999)}'")


def _lost_worker(run: _Run, epoch: int) -> str:
    """Two tracebacks, of which the second follows from the first."""
    run.steps(epoch)
    worker = run.rng.integers(1000, 9999)
    run.traceback("load", f"RuntimeError: DataLoader worker (pid {worker}) is killed by signal: Killed.")
    run.lines += ["", "The above exception was the direct cause of the following exception:", ""]
    return run.failed("fetch", f"RuntimeError: DataLoader worker (pid(s) {worker}) exited unexpectedly")


ENDS: dict[str, Callable[[_Run, int], str] | None] = {
    "out_of_memory": _out_of_memory,
    "not_a_number": _not_a_number,
    "success": None,
    "disk_full": _disk_full,
    "lost_worker": _lost_worker,
}
"""What can end a run; it is given the first epoch that is not completed."""


EPOCHS = {"mini": 4000, "full": 12_000}
SEED = 811


def draw_all(profile: str) -> Iterator[tuple[str, str, Outcome]]:
    """A run for each end: its name, its log (of more than 1 MB) and its outcome."""
    for number, end in enumerate(ENDS, start=1):
        yield f"run_{number}", *draw(end, EPOCHS[profile], np.random.default_rng([SEED, number]))


def draw(end: str, epochs: int, rng: np.random.Generator) -> tuple[str, Outcome]:
    """The log of a run that is to have `epochs` epochs, about 300 bytes each."""
    run, finish = _Run(epochs, rng), ENDS[end]
    whole = epochs // CHECKPOINT
    last = CHECKPOINT * int(rng.integers(whole * 7 // 10, whole - 1)) + int(rng.integers(10, 25))
    run.begin()
    run.between(1, stop := int(rng.integers(epochs // 5, epochs // 2)))
    run.between(run.taken_up_again(stop + 1) + 1, stop := last + int(rng.integers(5, 20)))
    checkpoint = run.taken_up_again(stop + 1)
    run.between(checkpoint + 1, epochs if finish is None else last)
    error = None
    if finish is not None:
        error = finish(run, last + 1)
    else:
        run.say(f"training finished after {epochs} epochs")
        run.traceback("upload", "ConnectionError: the log could not be uploaded")
        run.say("the log stays where it is", "WARNING")
    return "\n".join(run.lines) + "\n", Outcome(run.completed[0], run.completed[1], run.completed[2], error)
