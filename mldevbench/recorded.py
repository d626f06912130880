"""What trials took before: cost, tokens and time by task, arm and limits, from the trials of results folders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from mldevbench.gateway import is_synthetic
from mldevbench.spec import Arm, Limits

if TYPE_CHECKING:
    from mldevbench.catalog import Catalog
    from mldevbench.results import Results

Measure = Literal["cost_usd", "tokens", "wall_s"]
MEASURES: tuple[Measure, ...] = ("cost_usd", "tokens", "wall_s")
Level = Literal["cell", "task and arm", "arm", "task"]
"""How much a trial has in common with those that are recorded: all but the seed; all but seed and limits; ..."""
LEVELS: Mapping[Measure, tuple[Level, ...]] = {
    "cost_usd": ("cell", "task and arm", "arm", "task"),  # a model's price matters more than the task
    "tokens": ("cell", "task and arm", "arm", "task"),
    "wall_s": ("cell", "task and arm", "task", "arm"),
}
"""The first of these that has a record is taken."""
_LIMITS = tuple(field.name for field in fields(Limits))
_COLUMNS = ("task", "agent", "model", "synthetic_model", "outcome", "cost_usd", "tokens_in", "tokens_out", "wall_s")
_GROUP = ("task", "agent", "model", "synthetic_model", *_LIMITS)


@dataclass(frozen=True, slots=True)
class Cell:
    """What trials that differ by their seed alone have in common. `kind`: those of scripted models say nothing of others."""

    task: str
    agent: str
    model: str | None
    kind: Literal["none", "scripted", "real"]
    limits: tuple[float | None, ...]

    @classmethod
    def of(cls, task: str, arm: Arm, limits: Limits) -> Cell:
        kind: Any = "none" if arm.model is None else "scripted" if is_synthetic(arm.model) else "real"
        model = str(arm.model) if arm.model else None
        return cls(task, str(arm.agent), model, kind, tuple(getattr(limits, name) for name in _LIMITS))

    @property
    def max_time_s(self) -> float | None:
        return self.limits[_LIMITS.index("max_time_s")]

    def at(self, level: Level) -> tuple[Any, ...]:
        match level:
            case "cell":
                return level, self
            case "task and arm":
                return level, self.task, self.agent, self.model
            case "arm":
                return level, self.agent, self.model
            case "task":
                return level, self.task, self.kind


@dataclass(frozen=True, slots=True)
class Moments:
    """Number, mean and sum of squared deviations of what was seen."""

    n: int
    mean: float
    squares: float

    def __add__(self, other: Moments) -> Moments:
        n, gap = self.n + other.n, other.mean - self.mean
        return Moments(n, self.mean + gap * other.n / n, self.squares + other.squares + gap**2 * self.n * other.n / n)

    @property
    def variance(self) -> float | None:
        """Between trials; None for a single one."""
        return self.squares / (self.n - 1) if self.n > 1 else None


class Recorded:
    """Of several folders together. `graded` holds the keys of those that count as done."""

    def __init__(self) -> None:
        self.graded: set[str] = set()
        self._moments: dict[tuple[Measure, tuple[Any, ...]], Moments] = {}
        self._counts: dict[tuple[Any, ...], dict[str, tuple[int, int]]] = defaultdict(dict)
        self._folders: set[str] = set()

    @classmethod
    def of(cls, folders: Iterable[Results]) -> Recorded:
        found = cls()
        for results in folders:
            found.add(results)
        return found

    def add(self, results: Results, *, done: bool = False) -> None:
        """A folder that was added already adds nothing. `done`: its trials are not to be run again."""
        import pyarrow.compute as pc

        table = results.table("trials", columns=[*(("trial_key",) if done else ()), *_COLUMNS, *_LIMITS])
        if done:
            self.graded.update(table.column("trial_key").to_pylist())
        if results.sweep["id"] in self._folders:
            return
        self._folders.add(results.sweep["id"])
        table = table.append_column("tokens", pc.add(table["tokens_in"], table["tokens_out"]))
        table = table.append_column("passed", pc.cast(pc.equal(table["outcome"], "passed"), "int64"))
        asked: list[Any] = [("passed", "sum"), ("passed", "count")]
        asked += [(measure, how) for measure in MEASURES for how in ("count", "mean", "variance")]
        for row in table.group_by(list(_GROUP)).aggregate(asked).to_pylist():
            self.take(row)

    def take(self, row: Mapping[str, Any]) -> None:
        """A group of trials, as Arrow aggregates them."""
        kind: Any = "none" if row["model"] is None else "scripted" if row["synthetic_model"] else "real"
        cell = Cell(row["task"], row["agent"], row["model"], kind, tuple(row[name] for name in _LIMITS))
        arm = (cell.agent, cell.model, cell.limits)
        passed, trials = self._counts[arm].get(cell.task, (0, 0))
        self._counts[arm][cell.task] = (passed + row["passed_sum"], trials + row["passed_count"])
        for measure in MEASURES:
            if n := row[f"{measure}_count"]:
                seen = Moments(n, row[f"{measure}_mean"], row[f"{measure}_variance"] * n)
                for level in LEVELS[measure]:
                    key = (measure, cell.at(level))
                    self._moments[key] = self._moments[key] + seen if key in self._moments else seen

    def find(self, measure: Measure, cell: Cell, levels: Sequence[Level] | None = None) -> tuple[Level, Moments] | None:
        """What is closest to these trials, and how close that is."""
        for level in levels or LEVELS[measure]:
            if (found := self._moments.get((measure, cell.at(level)))) is not None:
                return level, found
        return None

    def within(self, cells: Iterable[Cell]) -> float | None:
        """The variance of success between the seeds of a task, averaged over the arms of these cells; None where none is seen."""
        from mldevbench.stats import variance_split

        arms = {(cell.agent, cell.model, cell.limits) for cell in cells} & self._counts.keys()
        splits = [variance_split(list(self._counts[arm].values())) for arm in arms]
        known = [split.within for split in splits if split is not None]
        mean = sum(known) / len(known) if known else 0.0
        return mean or None  # a few seeds that came out alike are no proof that others will


def longest(recorded: Recorded, catalog: Catalog, profile: str) -> Callable[[str, Arm, Limits], float]:
    """How many seconds a trial is expected to take: what others of its task and arm took, or of its task; else its limit."""

    def expected(task: str, arm: Arm, limits: Limits) -> float:
        found = recorded.find("wall_s", Cell.of(task, arm, limits), ("cell", "task and arm", "task"))
        return found[1].mean if found else limits.max_time_s or catalog.task(task).profile(profile).time.solve_s

    return expected
