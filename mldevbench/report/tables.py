"""The forms of the paper's Tables 2, 3 and 4, the paper's own numbers beside ours."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import replace

from mldevbench.catalog import CATEGORIES
from mldevbench.report.document import Entry, Line, Table, blank, rate_entry
from mldevbench.report.paper import ARMS, COST_ARMS, PaperArm, PaperTask, paper_counts, paper_tasks
from mldevbench.report.study import Study, TaskInfo, Trial
from mldevbench.report.text import plain
from mldevbench.stats import Rate, fixed_rate, task_rate

OVERALL = "Overall"
SINGLE_RUNS = "Wilson on the paper's single runs"


def categories(study: Study, *, paper: bool = True) -> Table:
    """Table 2: successes by category."""
    found = list(dict.fromkeys(info.category for info in ordered(study)))
    lines = []
    for title, category in [*((category_title(c), c) for c in found), (OVERALL, None)]:
        ours = [_rate(study, arm, title, category) for arm in study.arms]
        tasks = {t.task for t in study.trials if category in (None, study.tasks[t.task].category)}
        lines.append(Line((title, str(len(tasks))), (*ours, *(_paper_rate(arm, title) for arm in ARMS if paper))))
    columns = (*study.titles, *(_heading(arm) for arm in ARMS if paper))
    return Table("categories", "Success by category (the paper's Table 2)", ("Category", "Tasks"), columns, tuple(lines), True)


def tasks(study: Study, *, paper: bool = True) -> Table:
    """Table 3: every task."""
    lines = []
    for info in ordered(study):
        cells = {arm: counts[info.id] for arm, counts in study.counts.items() if info.id in counts}
        ours = [
            rate_entry(info.id, arm, task_rate(*cells[arm]), synthetic=arm in study.synthetic)
            if arm in cells
            else blank(info.id, arm)
            for arm in study.arms
        ]
        theirs = _single_runs(info.id, paper_tasks().get(info.paper_row or "")) if paper else []
        lines.append(Line((info.id, category_title(info.category)), (*ours, *theirs)))
    columns = (*study.titles, *(_heading(arm) for arm in ARMS if paper))
    return Table("tasks", "Success by task (the paper's Table 3)", ("Task", "Category"), columns, tuple(lines))


def costs(study: Study, *, paper: bool = True) -> Table:
    """Table 4: mean cost and tokens of a graded trial, with the standard deviation over seeds."""
    lines = []
    found: dict[tuple[str, str], list[Trial]] = {}
    for trial in study.trials:
        found.setdefault((trial.arm, trial.task), []).append(trial)
    for info in ordered(study):
        ours = [_used(info.id, arm, m, found.get((arm, info.id), []), study) for m in MEASURES for arm in study.arms]
        theirs = _paper_used(info.id, paper_tasks().get(info.paper_row or "")) if paper else []
        lines.append(Line((info.id,), (*ours, *theirs)))
    columns = [f"{title} {word}" for word in MEASURES.values() for title in study.titles]
    columns += [f"{_heading(arm)} {word}" for word in MEASURES.values() for arm in COST_ARMS if paper]
    return Table("costs", "Cost and tokens of a trial (the paper's Table 4)", ("Task",), tuple(columns), tuple(lines))


MEASURES = {"cost_usd": "USD", "tokens": "tokens"}


def ordered(study: Study) -> list[TaskInfo]:
    """The tasks that have trials, by category, in the paper's order, ours after them; then categories that nobody knows."""
    rows, order = list(paper_tasks()), list(CATEGORIES)
    seen = {t.task for t in study.trials}

    def place(info: TaskInfo) -> tuple[int, str, int, str]:
        category = order.index(info.category) if info.category in order else len(order)
        return category, info.category, rows.index(info.paper_row) if info.paper_row in rows else len(rows), info.id

    return sorted((study.tasks[task] for task in seen), key=place)


def category_title(category: str) -> str:
    return CATEGORIES.get(category) or plain(category) or "(no category)"


def paper_only() -> list[Table]:
    """The paper's three tables, from the data files alone."""
    titles = [*dict.fromkeys(t.category for t in paper_tasks().values()), OVERALL]
    sizes = {title: len(paper_counts(ARMS[0], None if title == OVERALL else title)) for title in titles}
    heads = tuple(_heading(arm) for arm in ARMS)
    by_category = [Line((t, str(sizes[t])), tuple(_paper_rate(arm, t) for arm in ARMS)) for t in titles]
    by_task = [Line((t.row, t.category), tuple(_single_runs(t.row, t))) for t in paper_tasks().values()]
    by_cost = [Line((t.row,), tuple(_paper_used(t.row, t))) for t in paper_tasks().values() if t.costs_usd]
    cost_heads = tuple(f"{_heading(arm)} {word}" for word in MEASURES.values() for arm in COST_ARMS)
    return [
        Table("categories", "Success by category (Table 2)", ("Category", "Tasks"), heads, tuple(by_category), True),
        Table("tasks", "Success by task (Table 3)", ("Task", "Category"), heads, tuple(by_task)),
        Table("costs", "Cost and tokens (Table 4)", ("Task",), cost_heads, tuple(by_cost)),
    ]


def _heading(arm: PaperArm) -> str:
    return f"paper {arm.title}"


def _rate(study: Study, arm: str, title: str, category: str | None) -> Entry:
    counts = list(study.in_category(arm, category).values())
    if not counts:
        return blank(title, arm)
    return rate_entry(title, arm, fixed_rate(counts), synthetic=arm in study.synthetic)


def _paper_rate(arm: PaperArm, title: str) -> Entry:
    counts = paper_counts(arm, None if title == OVERALL else title)
    if not counts:
        return blank(title, _heading(arm), source="paper")
    return rate_entry(title, _heading(arm), replace(fixed_rate(counts), method=SINGLE_RUNS), source="paper")


def _single_runs(row: str, task: PaperTask | None) -> list[Entry]:
    if task is None:
        return [blank(row, _heading(arm), source="paper") for arm in ARMS]
    entries = []
    for arm in ARMS:
        run = task.runs[arm.column]
        rate: Rate = task_rate(int(run.passed), 1)
        entry = rate_entry(row, _heading(arm), replace(rate, method=SINGLE_RUNS), source="paper")
        entries.append(replace(entry, text=f"{int(run.passed)}{'*' if run.inferred else ''}", inferred=run.inferred))
    return entries


def _used(row: str, arm: str, measure: str, trials: Sequence[Trial], study: Study) -> Entry:
    column = f"{arm} {MEASURES[measure]}"
    values = [v for t in trials if (v := t.cost_usd if measure == "cost_usd" else t.tokens) is not None]
    if not values:
        return replace(blank(row, column, measure), text="?" if trials else "-", trials=0)
    mean, sd = statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None
    form = ".3f" if measure == "cost_usd" else ".0f"
    text = f"{mean:{form}}" + (f" ± {sd:{form}}" if sd is not None else "")
    text += f" (of {len(values)}/{len(trials)})" if len(values) < len(trials) else ""
    synthetic = arm in study.synthetic
    return Entry(row, column, measure, text, mean, sd=sd, trials=len(values), method="mean ± sd over trials", synthetic=synthetic)


def _paper_used(row: str, task: PaperTask | None) -> list[Entry]:
    entries = []
    for measure, word in MEASURES.items():
        for arm in COST_ARMS:
            known = None if task is None else (task.costs_usd if measure == "cost_usd" else task.tokens).get(arm.column)
            text = "-" if known is None else f"{known:.3f}" if measure == "cost_usd" else f"{known:.0f}"
            column, method = f"{_heading(arm)} {word}", "one run"
            trials = None if known is None else 1
            entries.append(Entry(row, column, measure, text, known, trials=trials, method=method, source="paper"))
    return entries
