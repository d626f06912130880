"""Curves: more tries (pass@k), more budget (compute scaling), higher demands (performance profiles)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from mldevbench.report.figures.base import Figure, drawing, ends, folded, legend, look, percent, rows
from mldevbench.report.figures.strength import sample, seeds_text
from mldevbench.report.study import Study, Trial
from mldevbench.stats import BudgetPoint, budgets, k_curve, pass_all_k, pass_at_k, performance_profile, success_by_budget

RESOURCES: Mapping[str, Callable[[Trial], float | None]] = {
    "steps": lambda t: t.steps,
    "tokens": lambda t: t.tokens,
    "cost (USD)": lambda t: t.cost_usd,
    "solving time (s)": lambda t: t.solve_s,
}
"""Solving time excludes waiting for leases."""
SCALING_HEIGHT = 5.4
"""Of the two figures that stand side by side on a wide page."""


def tries(study: Study) -> Figure:
    curves = {arm: [k_curve(e, list(study.counts[arm].values())) for e in (pass_at_k, pass_all_k)] for arm in study.arms}
    numbers = []
    for arm, (at, every) in curves.items():
        for a, e in zip(at, every, strict=True):
            texts = (percent(a.estimate), ends(a.low, a.high), percent(e.estimate), ends(e.low, e.high))
            numbers.append(((study.title(arm), str(a.k)), texts))
    columns = ("pass@k", "95 % interval", "pass^k", "95 % interval (pass^k)")
    table = rows("tries", "pass@k and pass^k", ("Arm", "k"), columns, numbers)
    with drawing("tries", 3.1, columns=2) as (canvas, grid, found):
        for axes, index, title in ((grid[0][0], 0, "pass@k: one of k tries"), (grid[0][1], 1, "pass^k: all of k tries")):
            for number, arm in enumerate(study.arms):
                points = curves[arm][index]
                k = [p.k for p in points]
                axes.plot(k, [p.estimate for p in points], label=folded(study.title(arm)), markersize=5, **look(number))
                low = [np.nan if p.low is None else p.low for p in points]
                high = [np.nan if p.high is None else p.high for p in points]
                axes.fill_between(k, low, high, color=look(number)["color"], alpha=0.10, linewidth=0)
            _share(axes, title)
            axes.set(xlabel="k", xlim=(0.5, max(p.k for at, _ in curves.values() for p in at) + 0.5))
            axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
        legend(canvas, handlelength=3)
    caption = f"{sample(study)}. Bands: 95 %, t over tasks (other tasks like these), drawn from 10 tasks on."
    return Figure("tries", "What do more tries bring?", found[0], caption, table)


def scaling(study: Study) -> Figure:
    every = {
        resource: {arm: points for arm in study.arms if (points := _by_budget(study.by_arm[arm], use))}
        for resource, use in RESOURCES.items()
    }
    curves = {resource: by_arm for resource, by_arm in every.items() if by_arm}
    numbers = []
    for resource, by_arm in curves.items():
        for arm, points in by_arm.items():
            for p in points[:: max(1, len(points) // 6)]:
                texts = (f"{p.budget:,.4g}", percent(p.rate.estimate), ends(p.rate.low, p.rate.high))
                numbers.append(((study.title(arm), resource), texts))
    table = rows("scaling", "Success within a budget", ("Arm", "Resource"), ("budget", "success", "95 % interval"), numbers)
    caption = (
        f"{sample(study)}. Passed within the budget: a lower bound of what a run that is stopped there would reach; a sweep with "
        "a list of limits measures it. Bands: 95 %, these tasks with new seeds, as in the first figure. "
        "What is not known of every trial of an arm, or is always 0, has no curve."
    )
    title = "What does more compute bring?"
    if not curves:
        return Figure("scaling", title, "", caption, table)
    height = SCALING_HEIGHT if len(curves) > 2 else SCALING_HEIGHT / 2
    with drawing("scaling", height, rows=math.ceil(len(curves) / 2), columns=min(2, len(curves))) as (canvas, grid, found):
        panels = np.ravel(grid)
        for axes in panels[len(curves) :]:
            axes.set_axis_off()
        for axes, (resource, by_arm) in zip(panels, curves.items(), strict=False):
            for number, arm in enumerate(study.arms):
                if points := by_arm.get(arm, []):
                    style = look(number) | {"markevery": [len(points) - 1]}
                    x = [p.budget for p in points]
                    axes.step(x, [p.rate.estimate for p in points], where="post", label=folded(study.title(arm)), **style)
                    low, high = [p.rate.low for p in points], [p.rate.high for p in points]
                    axes.fill_between(x, low, high, step="post", color=style["color"], alpha=0.10, linewidth=0)
            _share(axes, resource)
        legend(canvas, handlelength=3)
    return Figure("scaling", title, found[0], caption, table)


def _by_budget(trials: Sequence[Trial], use: Callable[[Trial], float | None]) -> list[BudgetPoint]:
    used: dict[str, list[tuple[bool, float]]] = {}
    for trial in trials:
        value = use(trial)
        if value is None:
            return []
        used.setdefault(trial.task, []).append((trial.passed, value))
    if not any(value for values in used.values() for _, value in values):
        return []
    return success_by_budget(used, budgets(used))


def profiles(study: Study, metric: str, by_arm: Mapping[str, Sequence[Sequence[float]]]) -> Figure:
    levels = [round(float(x), 2) for x in np.linspace(0, 1, 21)]
    found_levels = {arm: performance_profile(by_arm[arm], levels) for arm in study.arms if by_arm.get(arm)}
    numbers = [
        ((study.title(arm), f"{level:g}"), (percent(share),))
        for arm, shares in found_levels.items()
        for level, share in list(zip(levels, shares, strict=True))[::2]
    ]
    table = rows("profile", metric, ("Arm", "Level"), ("share of runs that reach it",), numbers)
    with drawing("profile", SCALING_HEIGHT) as (canvas, axes, found):
        for number, arm in enumerate(study.arms):
            if shares := found_levels.get(arm):
                axes.plot(levels, shares, label=folded(study.title(arm)), markersize=4, **look(number))
        _share(axes, "")
        axes.set(xlabel=f"{metric} of at least", ylabel="share of runs")
        legend(canvas, handlelength=3)
    tasks = max(len(v) for v in by_arm.values())
    runs = [len(values) for tasks_of in by_arm.values() for values in tasks_of]
    caption = (
        f"n = {sum(runs):,} trials of {tasks} tasks that state {metric} as a fraction, {seeds_text(min(runs), max(runs))}. "
        "Shares are averaged over tasks; no intervals."
    )
    return Figure("profile", f"How high do scores go? ({metric})", found[0], caption, table)


def _share(axes: Any, title: str) -> None:
    axes.set(ylim=(-0.02, 1.02), yticks=[0, 0.25, 0.5, 0.75, 1])
    axes.set_yticklabels(["0", "25%", "50%", "75%", "100%"])
    axes.set_title(title, fontsize=9, loc="left")
