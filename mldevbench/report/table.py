"""The table by category, in the form of the paper's Table 2, with an interval beside every rate."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mldevbench.catalog import CATEGORIES
from mldevbench.report.planned import LIMITS, Counted, Row, counted
from mldevbench.report.text import plain
from mldevbench.stats import fixed_rate, missing_bounds, population_rate

if TYPE_CHECKING:
    from rich.table import Table

    from mldevbench.results import Results

OVERALL = "Overall"

Counts = dict[str, list[int]]
"""Task -> [successes, trials]."""


def tally(trials: Counted) -> dict[str, dict[str, Counts]]:
    """Category title (and `OVERALL`, last) -> arm -> task -> [successes, trials], categories in the paper's order.

    An arm is agent and model, and the limits where the results are a grid over them.
    """
    grid = trials.is_grid
    found: dict[str, dict[str, Counts]] = {
        title: defaultdict(lambda: defaultdict(lambda: [0, 0])) for title in [*CATEGORIES.values(), OVERALL]
    }
    for row in trials.rows:
        for title in (CATEGORIES[row["category"]], OVERALL):
            cell = found[title][arm_of(row, grid)][row["task"]]
            cell[0] += row["outcome"] == "passed"
            cell[1] += 1
    return {title: arms for title, arms in found.items() if arms}


def arm_of(row: Row, grid: bool) -> str:
    words = [row["agent"], row["model"] or ""]
    if grid:
        words += [f"{k.removeprefix('max_')}<={row[k]:g}" for k in LIMITS if row[k] is not None]
    return plain(" ".join(w for w in words if w))


def print_report(results: Results) -> None:
    """The table on the terminal, and what must be known to read it."""
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = 160
    if not results.trials.num_rows:
        console.print("No trial is graded yet.")
        return
    trials = counted(results.trials, results.sweep["runs"])
    found = tally(trials)
    if not found:
        console.print(f"No trial of the present tasks and agents is graded yet; {trials.older} of earlier content are.")
        return
    console.print(category_table(found))
    for line in notes(results, trials, found):
        console.print(line)


def category_table(found: Mapping[str, Mapping[str, Counts]]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("Category")
    table.add_column("Tasks", justify="right")
    arms = sorted(found[OVERALL])
    for arm in arms:
        table.add_column(Text(arm), justify="right")
    for title, by_arm in found.items():
        if title == OVERALL:
            table.add_section()
        tasks = {task for counts in by_arm.values() for task in counts}
        cells = [Text(fixed_rate(list(by_arm[arm].values())).text() if arm in by_arm else "-") for arm in arms]
        table.add_row(title, str(len(tasks)), *cells)
    return table


def notes(results: Results, trials: Counted, found: Mapping[str, Mapping[str, Counts]]) -> list[str]:
    """What a reader of the table must know: which question the intervals answer, what was not graded, what is synthetic."""
    overall = found[OVERALL]
    seeds = sorted({n for counts in overall.values() for _, n in counts.values()})
    cells = [list(counts.values()) for by_arm in found.values() for counts in by_arm.values()]
    methods = sorted({fixed_rate(c).method for c in cells})
    lines = [
        f"Successes/trials, rate, 95 % interval for these very tasks with new seeds: {'; '.join(methods)}.",
        f"Trials a task and arm: {seeds[0] if len(seeds) == 1 else f'{seeds[0]} to {seeds[-1]}'}.",
    ]
    for arm in sorted(overall):
        rate = population_rate(list(overall[arm].values()))
        shown = rate.method if rate.low is None else f"{rate.text()} ({rate.method})"
        lines.append(f"For other tasks like these, {arm}: {shown}.")
    lines += missing_notes(trials, overall)
    if trials.older:
        lines.append(f"Left out: {trials.older} trials of tasks or agents whose content has changed since.")
    outcomes = Counter(results.attempts.column("outcome").to_pylist())
    apart = [f"{n} {plain(outcome)}" for outcome, n in sorted(outcomes.items()) if outcome not in ("passed", "failed")]
    if apart:
        lines.append(f"Attempts that count in no rate: {', '.join(apart)}.")
    if "none" in results.trials.column("isolation").to_pylist():
        lines.append("Some trials ran without a sandbox (isolation none).")
    if any(results.trials.column("synthetic_model").to_pylist()):
        lines.append("SYNTHETIC: a model here is scripted; its numbers say nothing about any real model.")
    return lines


def missing_notes(trials: Counted, overall: Mapping[str, Counts]) -> list[str]:
    """For every arm, the trials that were planned and are not graded, and how far they could move its rate."""
    by_arm: dict[str, Counter[str]] = defaultdict(Counter)
    grid = trials.is_grid
    for row in trials.missing:
        by_arm[arm_of(row, grid)][row["task"]] += 1
    lines = []
    for arm, missing in sorted(by_arm.items()):
        tasks = overall.get(arm, {})
        counts = [tasks.get(task, [0, 0]) for task in sorted({*tasks, *missing})]
        planned = [tasks.get(task, [0, 0])[1] + missing[task] for task in sorted({*tasks, *missing})]
        low, high = missing_bounds(counts, planned)
        lines.append(
            f"Missing, {arm}: {missing.total()} of {sum(planned)} planned trials; "
            f"had all of them failed or all passed, the rate were {100 * low:.0f}% or {100 * high:.0f}%."
        )
    return lines
