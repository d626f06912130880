"""What a report is about: the graded trials of one or several results folders, and all that is missing from them or apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from mldevbench.outcome import UserError
from mldevbench.report.filters import Filters
from mldevbench.report.planned import IDENTITY, LIMITS, Row, arm_of, cell_of, current, planned
from mldevbench.report.text import plain

if TYPE_CHECKING:
    from mldevbench.results import Results

GRADED = ("passed", "failed")
Counts = dict[str, tuple[int, int]]
"""Task -> (successes, trials)."""

_NUMBERS = (
    *("cost_usd", "prepare_s", "solve_s", "grade_s", "waited_s", "wall_s", "model_s", "idle_s"),
    *("waited_rate_s", "waited_cpu_s", "waited_gpu_s", "grade_waited_s"),
)
_READ = (
    *("trial_key", "attempt", "task_digest", "agent_digest", "category", "paper_row", "outcome", "stop_reason", "isolation"),
    *("steps", "tokens_in", "tokens_out", "synthetic_model"),
    *_NUMBERS,
    *IDENTITY,
)


@dataclass(frozen=True, slots=True)
class Trial:
    """A graded trial. `arm` is agent and model, and the limits where they differ; `base` the same without limits.

    `model` is empty for agents without one.
    """

    key: str
    attempt: int
    task: str
    arm: str
    base: str
    agent: str
    model: str
    seed: int
    passed: bool
    stop_reason: str
    steps: int | None
    tokens: int | None
    cost_usd: float | None
    prepare_s: float | None
    solve_s: float | None
    grade_s: float | None
    waited_s: float | None
    wall_s: float | None
    model_s: float | None
    idle_s: float | None
    waited_rate_s: float | None
    waited_cpu_s: float | None
    waited_gpu_s: float | None
    grade_waited_s: float | None


@dataclass(frozen=True, slots=True)
class Absent:
    """A trial that was planned and is not graded. `reason` is its last outcome and error, or `not run`."""

    task: str
    arm: str
    reason: str


@dataclass(frozen=True, slots=True)
class TaskInfo:
    id: str
    category: str
    paper_row: str | None


@dataclass(frozen=True)
class Study:
    """Trials that count, and counts of those that do not.

    `absent`: planned, not graded. `synthetic`: the arms whose model is scripted. `apart`: attempts in no rate, by arm and
    `ending`. `older`: trials of content that has changed since. `doubled`: attempts that another folder has too. `thin`: trials
    of a task and arm with fewer than `min_seeds`.
    """

    names: tuple[str, ...]
    profile: str
    trials: Sequence[Trial]
    absent: Sequence[Absent]
    tasks: Mapping[str, TaskInfo]
    synthetic: frozenset[str]
    apart: Counter[tuple[str, str]] = field(default_factory=Counter)
    older: int = 0
    doubled: int = 0
    thin: int = 0
    unsandboxed: int = 0

    @cached_property
    def arms(self) -> tuple[str, ...]:
        return tuple(sorted({t.arm for t in self.trials}))

    @cached_property
    def by_arm(self) -> Mapping[str, Sequence[Trial]]:
        found: dict[str, list[Trial]] = {arm: [] for arm in self.arms}
        for trial in self.trials:
            found[trial.arm].append(trial)
        return found

    @cached_property
    def counts(self) -> Mapping[str, Counts]:
        """Arm -> task -> (successes, trials)."""
        return {arm: count(trials) for arm, trials in self.by_arm.items()}

    def title(self, arm: str) -> str:
        """As a table heads it."""
        return f"{arm} (synthetic)" if arm in self.synthetic else arm

    @property
    def titles(self) -> tuple[str, ...]:
        return tuple(self.title(arm) for arm in self.arms)

    def in_category(self, arm: str, category: str | None) -> Counts:
        return {t: c for t, c in self.counts[arm].items() if category in (None, self.tasks[t].category)}

    @property
    def seeds(self) -> tuple[int, int]:
        """The fewest and the most trials of a task and arm."""
        numbers = [n for counts in self.counts.values() for _, n in counts.values()]
        return min(numbers), max(numbers)


def ending(outcome: str, kind: str | None) -> str:
    """Such as `infra_error (node_lost)`."""
    return plain(f"{outcome} ({kind})" if kind else outcome)


def count(trials: Sequence[Trial]) -> Counts:
    passed = Counter(t.task for t in trials if t.passed)
    return {task: (passed[task], n) for task, n in sorted(Counter(t.task for t in trials).items())}


def load_study(places: Sequence[str], filters: Filters | None = None) -> Study:
    """Several folders are one study: what any of them planned was planned. Raises UserError for what cannot be one."""
    from mldevbench.results import load

    return study_of([load(place) for place in places], filters)


def study_of(found: Sequence[Results], filters: Filters | None = None) -> Study:
    filters = filters or Filters()
    chosen = _one_profile(found, filters.profile)
    rows, doubled = _rows(chosen)
    runs = sorted((run for r in chosen for run in r.sweep["runs"] if "arms" in run), key=lambda run: str(run["started"]))
    tasks = {row["task"]: TaskInfo(row["task"], row["category"] or "", row["paper_row"]) for row in rows}
    tasks |= _unseen(runs, tasks)
    cells = {cell_of(row): row for run in runs for row in planned(run)}
    filters.check([*rows, *cells.values()], {t.category for t in tasks.values()})

    def wanted(row: Row) -> bool:
        return filters.keep(row, tasks[row["task"]].category)

    rows = [row for row in rows if wanted(row)]
    newest = current(rows, runs)
    graded = [row for row in newest if row["outcome"] in GRADED]
    done = {cell_of(row) for row in graded}
    missing = [row for cell, row in cells.items() if cell not in done and wanted(row)]
    grid = len({tuple(row[k] for k in LIMITS) for row in (*graded, *missing)}) > 1
    last = {cell_of(row): ending(row["outcome"], row["error_kind"]) for row in newest if row["outcome"] not in GRADED}
    trials = [_trial(row, grid) for row in graded]
    absent = [Absent(row["task"], arm_of(row, grid), last.get(cell_of(row), "not run")) for row in missing]
    thick = _thick(trials, filters.min_seeds)
    kept = [t for t in trials if (t.arm, t.task) in thick]
    return Study(
        names=tuple(dict.fromkeys(plain(r.sweep["name"]) for r in chosen)),
        profile=chosen[0].sweep["profile"],
        trials=kept,
        absent=[a for a in absent if filters.min_seeds == 1 or (a.arm, a.task) in thick],
        tasks=tasks,
        synthetic=frozenset(arm_of(row, grid) for row in graded if row["synthetic_model"]),
        apart=Counter(
            (arm_of(row, grid), ending(row["outcome"], row["error_kind"])) for row in rows if row["outcome"] not in GRADED
        ),
        older=sum(row["outcome"] in GRADED for row in rows) - len(graded),
        doubled=doubled,
        thin=len(trials) - len(kept),
        unsandboxed=sum(row["isolation"] == "none" for row in graded),
    )


def _one_profile(found: Sequence[Results], profile: str | None) -> list[Results]:
    """Profiles differ in data and thresholds, so that their trials are never one study."""
    have = {r.sweep["profile"] for r in found}
    if profile is not None and profile not in have:
        raise UserError(f"--profile {profile!r} is not in these results; they have {', '.join(sorted(have))}")
    if profile is None and len(have) > 1:
        raise UserError("the results have the profiles mini and full, which are different tasks; choose one with --profile")
    return [r for r in found if profile in (None, r.sweep["profile"])]


def _rows(found: Sequence[Results]) -> tuple[list[Row], int]:
    """Every attempt of every folder, and how many were left out: a trial that two folders have is of the first that graded it."""
    folders = [results.table("attempts", columns=[*_READ, "error_kind"]).to_pylist() for results in found]
    owners: dict[str, tuple[bool, int]] = {}
    for index, rows in enumerate(folders):
        for row in rows:
            claim = (row["outcome"] not in GRADED, index)
            owners[row["trial_key"]] = min(owners.get(row["trial_key"], claim), claim)
    kept = [row for index, rows in enumerate(folders) for row in rows if owners[row["trial_key"]][1] == index]
    return kept, sum(map(len, folders)) - len(kept)


def _unseen(runs: Sequence[Row], known: Mapping[str, TaskInfo]) -> dict[str, TaskInfo]:
    """Planned tasks that no trial tells anything about; what this checkout says of them."""
    ids = {task for run in runs for task in run["tasks"]} - set(known)
    if not ids:
        return {}
    from mldevbench.catalog import Catalog

    here = Catalog().tasks
    return {i: TaskInfo(i, here[i].file.category, here[i].file.paper_row) if i in here else TaskInfo(i, "", None) for i in ids}


def _trial(row: Row, grid: bool) -> Trial:
    tokens = None if row["tokens_in"] is None or row["tokens_out"] is None else row["tokens_in"] + row["tokens_out"]
    return Trial(
        row["trial_key"],
        row["attempt"],
        row["task"],
        arm_of(row, grid),
        arm_of(row, False),
        plain(row["agent"]),
        plain(row["model"] or ""),
        row["seed"],
        row["outcome"] == "passed",
        row["stop_reason"] or "",
        row["steps"],
        tokens,
        *(row[name] for name in _NUMBERS),
    )


def _thick(trials: Sequence[Trial], min_seeds: int) -> set[tuple[str, str]]:
    """The arms and tasks that have so many trials."""
    return {cell for cell, n in Counter((t.arm, t.task) for t in trials).items() if n >= min_seeds}
