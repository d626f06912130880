"""How good the arms are: the forest plot of rates, and how much of the spread is luck."""

from __future__ import annotations

from mldevbench.report.figures.base import FAINT, HATCHES, INK, SERIES, Figure, bars_of, drawing, ends, percent, rows
from mldevbench.report.paper import ARMS, paper_counts
from mldevbench.report.study import Study
from mldevbench.stats import Rate, fixed_rate, flip_rate, population_rate, variance_split


def sample(study: Study) -> str:
    """n and seeds, as every caption states them."""
    tasks = len({t.task for t in study.trials})
    return f"n = {len(study.trials):,} trials, {tasks} tasks, {seeds_text(*study.seeds)}"


def seeds_text(low: int, high: int) -> str:
    return f"{low if low == high else f'{low} to {high}'} seed{'' if high == 1 else 's'} a task and arm"


def forest(study: Study, *, paper: bool) -> Figure:
    names = [*study.titles, *(f"paper {a.title}" for a in ARMS if paper)]
    ours = [(fixed_rate(c), population_rate(c)) for arm in study.arms for c in [list(study.counts[arm].values())]]
    single = [fixed_rate(paper_counts(a, None)) for a in ARMS if paper]
    with drawing("forest", 0.9 + 0.48 * len(names)) as (canvas, axes, found):
        for y, (fixed, population) in enumerate(ours):
            _interval(axes, y - 0.13, fixed, SERIES[0], "o", "-", "these tasks, new seeds" if y == 0 else None)
            _interval(axes, y + 0.17, population, SERIES[1], "D", "--", "other tasks like these" if y == 0 else None)
        for y, rate in enumerate(single, len(ours)):
            _interval(axes, y, rate, INK, "s", ":", "the paper's single runs" if y == len(ours) else None)
        bars_of(axes, names)
        axes.set(xlim=(-0.02, 1.02), xlabel="success rate", xticks=[0, 0.25, 0.5, 0.75, 1])
        axes.set_xticklabels(["0", "25%", "50%", "75%", "100%"])
        canvas.legend(loc="outside upper left", ncols=3, fontsize=8, handlelength=2.6)
    numbers = [
        ((name,), (f.text(), ends(f.low, f.high), f.method, ends(p.low, p.high), p.method))
        for name, (f, p) in zip(study.titles, ours, strict=True)
    ]
    titles = [f"paper {a.title}" for a in ARMS if paper]
    for name, f in zip(titles, single, strict=True):
        numbers.append(((name,), (f.text(), ends(f.low, f.high), "Wilson on single runs", "-", "-")))
    columns = ("rate", "these tasks, new seeds", "method", "other tasks like these", "method (others)")
    methods = "; ".join(sorted({f.method for f, _ in ours}))
    others = "; ".join(sorted({p.method for _, p in ours}))
    caption = f"{sample(study)}. 95 % intervals. These tasks, new seeds: {methods}. Other tasks like these: {others}."
    return Figure("forest", "How good is each arm?", found[0], caption, rows("forest", "Rates", ("Arm",), columns, numbers))


def _interval(axes: object, y: float, rate: Rate, colour: str, marker: str, line: str, label: str | None) -> None:
    plot = axes.plot  # type: ignore[attr-defined]
    if rate.low is not None and rate.high is not None:
        plot([rate.low, rate.high], [y, y], color=colour, linestyle=line, linewidth=2, solid_capstyle="butt")
    filled = "none" if marker == "D" else colour
    plot([rate.estimate], [y], color=colour, marker=marker, linestyle=line, markersize=7, markerfacecolor=filled, label=label)


def variance(study: Study) -> Figure:
    splits = [variance_split(list(study.counts[arm].values())) for arm in study.arms]
    flips = [flip_rate(list(study.counts[arm].values())) for arm in study.arms]
    columns = ("within tasks (luck)", "between tasks", "share within", "ICC", "flip rate")
    numbers = []
    for name, split, flip in zip(study.titles, splits, flips, strict=True):
        if split is None:
            numbers.append(((name,), ("-", "-", "-", "-", percent(flip))))
            continue
        total = split.within + split.between
        share = percent(split.within / total) if total else "-"
        icc = "-" if split.icc is None else f"{split.icc:.2f}"
        numbers.append(((name,), (f"{split.within:.3f}", f"{split.between:.3f}", share, icc, percent(flip))))
    table = rows("variance", "Variance", ("Arm",), columns, numbers)
    title = "How much of the spread is luck?"
    if not any(splits):
        return Figure("variance", title, "", "One seed a task shows no luck: run more seeds.", table)
    with drawing("variance", 0.9 + 0.48 * len(splits)) as (canvas, axes, found):
        for y, split in enumerate(splits):
            if split is not None:
                label = (columns[0], columns[1]) if y == next(i for i, s in enumerate(splits) if s) else (None, None)
                edge = {"edgecolor": INK, "linewidth": 0.8, "height": 0.6}
                axes.barh(y, split.within, color=SERIES[1], hatch=HATCHES[1], label=label[0], **edge)
                axes.barh(y, split.between, left=split.within, color=FAINT, label=label[1], **edge)
        bars_of(axes, study.titles)
        axes.set(xlabel="variance of one run's outcome")
        canvas.legend(loc="outside upper left", ncols=2, fontsize=8)
    caption = (
        f"{sample(study)}. One-way random effects; no intervals. Flip rate: the chance that two runs of one task disagree. "
        "ICC: the share of the variance that lies between tasks."
    )
    return Figure("variance", title, found[0], caption, table)
