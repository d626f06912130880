"""How a sweep is going: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mldevbench.outcome import Outcome, TrialRecord
from mldevbench.report.text import last_line, plain
from mldevbench.spec import TrialSpec
from mldevbench.watching import Watcher

if TYPE_CHECKING:
    from rich.console import RenderableType

LINE_EVERY_S = 10.0


@dataclass(slots=True)
class Tally(Watcher):
    """Counts of the trials of this run; what the results held before is in `before`."""

    total: int
    before: int = 0
    passed_before: int = 0
    running: set[str] = field(default_factory=set)
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    cost_usd: float = 0.0
    unpriced: bool = False
    last_error: str = ""
    _start: float = field(default_factory=time.monotonic)

    def started(self, spec: TrialSpec, attempt: int, node: str) -> None:
        self.running.add(spec.key)

    def ended(self, record: TrialRecord, *, final: bool) -> None:
        self.running.discard(record.trial_key)
        self.cost_usd += record.usage.cost_usd or 0.0
        self.unpriced |= record.usage.cost_usd is None
        if record.error:
            self.last_error = plain(f"{record.error_kind}: {last_line(record.error)}")[:160]
        if final:
            self.outcomes[record.outcome] += 1

    def taken_over(self, spec: TrialSpec, outcome: Outcome) -> None:
        self.outcomes[outcome] += 1

    @property
    def done(self) -> int:
        return sum(self.outcomes.values())

    @property
    def waiting(self) -> int:
        return max(0, self.total - self.before - self.done - len(self.running))

    @property
    def missing(self) -> int:
        """Trials that are not graded."""
        return self.total - self.before - sum(n for o, n in self.outcomes.items() if o.graded)

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self._start

    @property
    def eta_s(self) -> float | None:
        """Seconds left at the pace so far; None before anything is done."""
        left = self.total - self.before - self.done
        return self.elapsed_s / self.done * left if self.done else None

    def success(self) -> str:
        """Successes of graded trials with the Wilson interval, as text."""
        passed = self.passed_before + self.outcomes[Outcome.PASSED]
        graded = self.before + self.outcomes[Outcome.PASSED] + self.outcomes[Outcome.FAILED]
        return success(passed, graded)

    def cost(self) -> str:
        return cost(self.cost_usd, unpriced=self.unpriced)


def success(passed: int, graded: int) -> str:
    """Successes of graded trials with the Wilson interval, as text."""
    from mldevbench.stats import wilson

    if not graded:
        return "none graded yet"
    low, high = wilson(passed, graded)
    return f"{passed}/{graded} = {passed / graded:.0%} [{low:.0%}, {high:.0%}]"


def cost(usd: float, *, unpriced: bool) -> str:
    """A cost as text. `unpriced`: something was paid besides of which nobody knows the price."""
    if unpriced and not usd:
        return "unknown (no price)"
    return ("over " if unpriced else "") + f"${usd:.4f}"


class Progress(Watcher):
    """Shows a tally, which is told before this is. Use as a context manager around the sweep."""

    def __init__(self, tally: Tally, *, terminal: bool | None = None) -> None:
        self.tally = tally
        self._terminal = sys.stdout.isatty() if terminal is None else terminal
        self._live: AbstractContextManager[object] = nullcontext()
        self._last_line = 0.0

    def __enter__(self) -> Progress:
        if self._terminal:
            from rich.live import Live

            self._live = Live(get_renderable=self.render, refresh_per_second=4, transient=True)
        self._live.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._live.__exit__(None, None, None)

    def sweep_started(self, name: str, place: str, tally: Tally) -> None:
        self.say(f"{tally.total} trials, {tally.before} of them already graded; results in {place}")

    @staticmethod
    def say(text: str) -> None:
        """Something that is known before the first trial."""
        print(plain(text), flush=True)

    def ended(self, record: TrialRecord, *, final: bool) -> None:
        if not self._terminal:
            self._lines(record, final)

    def note(self, text: str, event: str = "note") -> None:
        if not self._terminal:
            print(plain(text), flush=True)
        else:
            self.tally.last_error = plain(text)

    def _lines(self, record: TrialRecord, final: bool) -> None:
        trial = plain(str(TrialSpec.from_dict(record.trial)))
        stop = f" ({record.stop_reason})" if record.stop_reason else ""
        again = "" if final else ", will be tried again"
        error = f": {self.tally.last_error}" if record.error else ""
        seconds = record.timings.wall_s
        print(f"{record.outcome:>12}  {trial}{stop}  {record.usage.steps} steps  {seconds:.1f} s{again}{error}", flush=True)
        now = time.monotonic()
        if now - self._last_line > LINE_EVERY_S:
            self._last_line = now
            print("  " + "  ".join(f"{name} {value}" for name, value in self._facts()), flush=True)

    def _facts(self) -> list[tuple[str, str]]:
        t = self.tally
        eta = "?" if t.eta_s is None else duration(t.eta_s)
        facts = [
            ("trials", f"{t.before + t.done}/{t.total} done, {len(t.running)} running, {t.waiting} waiting"),
            ("success", t.success()),
            ("cost", t.cost()),
            ("time", f"{duration(t.elapsed_s)}, about {eta} left"),
        ]
        bad = {o: n for o, n in t.outcomes.items() if not o.graded}
        if bad:
            facts.append(("not graded", ", ".join(f"{n} {o}" for o, n in bad.items())))
        return facts

    def render(self) -> RenderableType:
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2))
        facts = self._facts() + ([("last error", self.tally.last_error)] if self.tally.last_error else [])
        for name, value in facts:
            table.add_row(Text(name, style="bold"), Text(value))  # a string would be read for markup
        return table


def duration(seconds: float) -> str:
    """As `m:ss` or `h:mm:ss`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
