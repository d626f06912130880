"""What a reader of the tables must know: which question an interval answers, what was not graded, what is synthetic."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection

from mldevbench.report.study import Study
from mldevbench.stats import fixed_rate, missing_bounds, population_rate

SYNTHETIC = "SYNTHETIC: a model here is scripted; its numbers say nothing about any real model."


def notes(study: Study, *, paper: bool) -> list[str]:
    seeds = study.seeds
    methods = sorted({fixed_rate(list(counts.values())).method for counts in study.counts.values()})
    lines = [
        f"Successes/trials, rate, 95 % interval for these very tasks with new seeds: {'; '.join(methods)}.",
        f"Trials a task and arm: {seeds[0] if seeds[0] == seeds[1] else f'{seeds[0]} to {seeds[1]}'}. Profile {study.profile}.",
    ]
    for arm in study.arms:
        rate = population_rate(list(study.counts[arm].values()))
        shown = rate.method if rate.low is None else f"{rate.text()} ({rate.method})"
        lines.append(f"For other tasks like these, {arm}: {shown}.")
    if paper:
        lines.append(
            "The paper's columns are single runs of all its 30 tasks, with Wilson intervals; * marks a cell that is not legible "
            "in its text and was inferred from its totals. Its models and its set-up are not those of the other columns."
        )
    lines += missing_notes(study)
    if study.thin:
        lines.append(f"Left out: {study.thin} trials of tasks with fewer seeds than --min-seeds.")
    if study.doubled:
        lines.append(f"Left out: {study.doubled} attempts that two of the folders have; the first folder's count.")
    return lines + apart_notes(study)


def apart_notes(study: Study) -> list[str]:
    lines = []
    if study.older:
        lines.append(f"Left out: {study.older} trials of tasks or agents whose content has changed since.")
    if study.apart:
        endings: Counter[str] = Counter()
        for (_, ending), n in study.apart.items():
            endings[ending] += n
        apart = ", ".join(f"{n} {ending}" for ending, n in sorted(endings.items()))
        lines.append(f"Attempts that count in no rate: {apart}.")
    if study.unsandboxed:
        lines.append("Some trials ran without a sandbox (isolation none).")
    if study.synthetic:
        lines.append(SYNTHETIC)
    return lines


def missing_notes(study: Study, arms: Collection[str] | None = None) -> list[str]:
    """For every arm (or each of `arms`), the planned trials that are not graded, why, and how far they could move its rate."""
    by_arm: dict[str, Counter[str]] = defaultdict(Counter)
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    for each in (a for a in study.absent if arms is None or a.arm in arms):
        by_arm[each.arm][each.task] += 1
        reasons[each.arm][each.reason] += 1
    lines = []
    for arm, missing in sorted(by_arm.items()):
        tasks = study.counts.get(arm, {})
        every = sorted({*tasks, *missing})
        planned = [tasks.get(task, (0, 0))[1] + missing[task] for task in every]
        low, high = missing_bounds([tasks.get(task, (0, 0)) for task in every], planned)
        why = ", ".join(f"{n} {reason}" for reason, n in reasons[arm].most_common())
        lines.append(
            f"Missing, {arm}: {missing.total()} of {sum(planned)} planned trials ({why}); "
            f"had all of them failed or all passed, the rate were {100 * low:.0f}% or {100 * high:.0f}%."
        )
    return lines
