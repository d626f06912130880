"""What the missing trials of a sweep will cost and take: by recorded trials, else by the paper's single runs, else unknown."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mldevbench.catalog import Catalog
from mldevbench.outcome import UserError
from mldevbench.progress import duration
from mldevbench.recorded import Cell, Level, Measure, Moments, Recorded
from mldevbench.redact import Secrets
from mldevbench.report.paper import COST_ARMS, paper_tasks
from mldevbench.report.text import plain
from mldevbench.spec import SweepSpec

SOURCES: Mapping[Level, str] = {
    "cell": "recorded trials of the same task, arm and limits",
    "task and arm": "recorded trials of the same task and arm with other limits",
    "arm": "recorded trials of the same arm on other tasks",
    "task": "recorded trials of other arms on the same task",
}
PAPER = "the paper's Table 4 (single runs with Claude Sonnet)"
FREE = "no model or a scripted one, which cost nothing"
NO_MODEL = "no model"
Z = 1.96
"""Of a normal distribution's 95 %."""


@dataclass(slots=True)
class Total:
    """A sum over the missing trials: `mean` from recorded ones, `paper` from the paper, where no variance is known.

    `variance` is None where trials were recorded, but none of them twice. `sources` counts trials, `unknown` those of which
    nothing is known: they are not in the sum.
    """

    mean: float = 0.0
    variance: float | None = 0.0
    paper: float = 0.0
    longest: float = 0.0
    sources: Counter[str] = field(default_factory=Counter)
    unknown: Counter[Cell] = field(default_factory=Counter)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Of `mean`: 95 %, normal; None where the spread is not known."""
        if self.variance is None:
            return None
        half = Z * math.sqrt(self.variance)
        return max(0.0, self.mean - half), self.mean + half


def missing_of(sweep: SweepSpec, graded: Collection[str]) -> Counter[Cell]:
    """How many trials of each cell are not graded yet."""
    if not graded:
        return Counter(
            {Cell.of(t, a, limits): len(sweep.seeds) for limits in sweep.limits for t, _ in sweep.tasks for a in sweep.arms}
        )
    arms = {(arm.agent, arm.model): arm for arm in sweep.arms}
    cells = ((s.task, arms[s.agent, s.model], s.limits) for s in sweep.trials() if s.key not in graded)
    return Counter(Cell.of(*cell) for cell in cells)


def total(measure: Measure, missing: Mapping[Cell, int], recorded: Recorded, catalog: Catalog, priced: Collection[str]) -> Total:
    """The sum of a measure; `priced` are the models for which the sweep sets a price, scripted ones perhaps among them."""
    found, used, moments_of = Total(), Counter[tuple[Any, ...]](), dict[tuple[Any, ...], Moments]()
    spreads: list[float | None] = []
    for cell, n in missing.items():
        if measure == "tokens" and cell.kind == "none":
            found.sources[NO_MODEL] += n
        elif measure == "cost_usd" and (cell.kind == "none" or (cell.kind == "scripted" and not _is_priced(cell, priced))):
            found.sources[FREE] += n
        elif (seen := recorded.find(measure, cell)) is not None:
            level, moments = seen
            found.mean += n * moments.mean
            found.longest = max(found.longest, moments.mean)
            found.sources[SOURCES[level]] += n
            used[cell.at(level)] += n
            moments_of[cell.at(level)] = moments
            # The missing trials of a cell share its task and arm: taken from others, they differ from them all in the same way.
            spread = moments.variance
            spreads.append(None if spread is None else spread * (n if level in ("cell", "task and arm") else n**2))
        elif (published := _published(measure, cell, catalog)) is not None:
            found.paper += n * published
            found.sources[PAPER] += n
        else:
            found.unknown[cell] += n
    found.variance = _variance(spreads, [(n, moments_of[key]) for key, n in used.items()])
    return found


def _variance(spreads: Sequence[float | None], used: Sequence[tuple[int, Moments]]) -> float | None:
    """Of the sum: how trials spread, and how well their means are known. A cell with a single record spreads as the others do.

    `used` has the means, each with the number of missing trials that it stands for.
    """
    known = [s for s in spreads if s is not None]
    if spreads and not known:
        return None
    means = [n**2 * m.variance / m.n for n, m in used if m.variance is not None]
    return (sum(known) + sum(means)) * (len(spreads) / len(known) if known else 1.0)


def _is_priced(cell: Cell, priced: Collection[str]) -> bool:
    return (cell.model or "").partition("?")[0] in priced


def _published(measure: Measure, cell: Cell, catalog: Catalog) -> float | None:
    task = paper_tasks().get(catalog.task(cell.task).file.paper_row or "")
    if task is None or cell.kind != "real":
        return None
    column = next((arm.column for arm in COST_ARMS if arm.column.startswith(f"{cell.agent.partition('?')[0]}_")), "")
    told: Mapping[Measure, Mapping[str, float]] = {"cost_usd": task.costs_usd, "tokens": task.tokens}
    return told.get(measure, {}).get(column)


def estimate(
    sweep: SweepSpec, recorded: Recorded, catalog: Catalog, *, concurrency: int, priced: Collection[str]
) -> Iterator[str]:
    """What a dry run says of cost, tokens and time of the trials that are missing."""
    missing = missing_of(sweep, recorded.graded)
    n = missing.total()
    yield f"{len(sweep) - n} of {len(sweep)} trials are graded already; the {n} that are missing, by estimate:"
    if not n:
        return
    words: tuple[tuple[Measure, str, Callable[[float], str]], ...] = (
        ("cost_usd", "cost", lambda usd: f"{usd:.2f} USD"),
        ("tokens", "tokens", lambda tokens: f"{tokens:,.0f}"),
    )
    for measure, name, shown in words:
        yield from _lines(name, total(measure, missing, recorded, catalog, priced), shown)
    yield from _time_lines(total("wall_s", missing, recorded, catalog, priced), min(concurrency, n), sweep.profile, catalog)


def _lines(name: str, found: Total, shown: Callable[[float], str]) -> Iterator[str]:
    if not found.sources:
        yield f"  {name}: not known"
    else:
        yield f"  {name}: {shown(found.mean + found.paper)}{_spread(found, shown)}"
    yield from _sources(found)
    if found.unknown:
        yield f"    {found.unknown.total()}: nothing is known, and they are not in the sum ({_arms(found.unknown)})"


def _time_lines(found: Total, concurrency: int, profile: str, catalog: Catalog) -> Iterator[str]:
    """Trials side by side share the time, but none is shorter than the longest of them."""

    def shown(seconds: float) -> str:
        return duration(max(seconds / concurrency, found.longest))

    if found.sources:
        yield f"  time: {shown(found.mean)} at {concurrency} trials side by side{_spread(found, shown)}"
        yield from _sources(found)
    else:
        yield "  time: not known"
    if found.unknown:
        limits = {cell: _limit_s(cell, profile, catalog) for cell in found.unknown}
        most = max(sum(n * limits[cell] for cell, n in found.unknown.items()) / concurrency, *limits.values())
        yield f"    {found.unknown.total()}: nothing is known; their limits let them solve for {duration(most)}, not in the sum"


def _limit_s(cell: Cell, profile: str, catalog: Catalog) -> float:
    return cell.max_time_s or catalog.task(cell.task).profile(profile).time.solve_s


def _spread(found: Total, shown: Callable[[float], str]) -> str:
    words, ends = [], found.interval
    if found.paper:
        part = f"{shown(found.paper)} from " if found.mean else ""
        words.append(f"{part}the paper's single runs, whose spread is not known")
    if found.mean and ends is None:
        part = f"{shown(found.mean)} from " if found.paper else ""
        words.append(f"{part}single trials, whose spread is not known")
    elif found.mean and ends is not None:
        part = f"{shown(found.mean)} from recorded trials, " if found.paper else ""
        words.append(f"{part}95 % {shown(ends[0])} to {shown(ends[1])}")
    return "".join(f"; {word}" for word in words)


def _sources(found: Total) -> Iterator[str]:
    for source, n in found.sources.most_common():
        yield f"    {n}: {source}"


def _arms(cells: Iterable[Cell]) -> str:
    return plain(", ".join(dict.fromkeys(f"{c.agent}{f' {c.model}' if c.model else ''}" for c in cells)))


def read_records(place: str | None, others: Sequence[str], profile: str) -> Recorded:
    """Of the sweep's own folder, if there is one, and of others. Raises UserError for one that holds nothing to go by."""
    from mldevbench.results.storage import Storage

    found = Recorded()
    if place is not None and "sweep.json" in Storage.at(place).names(""):
        _add(found, "--out", place, profile)
    for other in others:
        _add(found, "--estimate-from", other, profile)
    return found


def _add(found: Recorded, option: str, place: str, profile: str) -> None:
    from mldevbench.results import load

    try:
        results = load(place)
        if (other := results.sweep["profile"]) != profile:
            raise UserError(f"it is of profile {other}, whose tasks are others; choose one of profile {profile}")
        found.add(results, done=option == "--out")
    except (UserError, OSError) as error:
        words = f"{option} {place!r} is nothing to go by: {' '.join(str(error).split())}"
        raise UserError(Secrets.of({}, {option: place}).hide(words)) from None
