"""Arms against each other, or one results folder against another."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mldevbench.outcome import UserError
from mldevbench.report.document import Document, Entry, Line, Table
from mldevbench.report.notes import apart_notes, missing_notes
from mldevbench.report.study import Counts, Study
from mldevbench.stats import Comparison, Difference, compare, format_p, holm

COLUMNS = ("A", "B", "these tasks, new seeds: A - B", "p", "other tasks like these: A - B", "p (others)", "detectable")


@dataclass(frozen=True, slots=True)
class Compared:
    """A and B by name, with the p-values of both questions as Holm adjusts them for the number of comparisons made."""

    a: str
    b: str
    found: Comparison
    fixed_p: float
    population_p: float


def compare_all(counts: Mapping[str, Counts], pairs: Sequence[tuple[str, str]]) -> list[Compared]:
    """Raises UserError when two arms have no task in common."""
    found = []
    for a, b in pairs:
        try:
            found.append(compare(counts[a], counts[b]))
        except ValueError:
            raise UserError(f"{a!r} and {b!r} have no task in common; compare arms that ran the same tasks") from None
    fixed = holm([c.fixed.p_value for c in found])
    population = holm([c.population.p_value for c in found])
    return [Compared(*names, c, f, p) for names, c, f, p in zip(pairs, found, fixed, population, strict=True)]


def arm_pairs(study: Study, names: Sequence[str]) -> list[tuple[str, str]]:
    """Every two of the arms that are named, or of all. A name may be part of an arm's, when it fits one arm only."""
    arms = [_arm(study, name) for name in names] if names else list(study.arms)
    if len(set(arms)) < 2:
        raise UserError(f"there is one arm only, {arms[0]!r}; a comparison needs two arms, or two results folders")
    return list(itertools.combinations(dict.fromkeys(arms), 2))


def folder_counts(a: Study, b: Study, labels: tuple[str, str]) -> tuple[dict[str, Counts], list[tuple[str, str]]]:
    """The arms that two studies share, each against itself; or the two arms where each study has a single one."""
    counts = {f"{label}: {arm}": c for label, s in zip(labels, (a, b), strict=True) for arm, c in s.counts.items()}
    shared = [arm for arm in a.arms if arm in b.arms]
    if not shared and len(a.arms) == len(b.arms) == 1:
        return counts, [(f"{labels[0]}: {a.arms[0]}", f"{labels[1]}: {b.arms[0]}")]
    if not shared:
        raise UserError(f"{labels[0]} and {labels[1]} have no arm in common; choose one of each with --agents and --models")
    return counts, [(f"{labels[0]}: {arm}", f"{labels[1]}: {arm}") for arm in shared]


def comparison_document(found: Sequence[Compared], studies: Sequence[Study]) -> Document:
    remarks = [sentence(c) for c in found] + explanation(found)
    named = {name for c in found for name in (c.a, c.b)}
    for study in studies:
        compared = [arm for arm in {a.arm for a in study.absent} if any(name.endswith(arm) for name in named)]
        remarks += missing_notes(study, compared)
    remarks += dict.fromkeys(note for study in studies for note in apart_notes(study))
    return Document("Comparison", [comparison_table(found)], remarks)


def comparison_table(found: Sequence[Compared]) -> Table:
    lines = [Line((c.a, c.b), tuple(_entries(c))) for c in found]
    return Table("comparison", "Comparison, paired by task", ("A", "B"), COLUMNS, tuple(lines))


def sentence(c: Compared) -> str:
    """What can be said, above all for the fixed question, in words."""
    better, worse = (c.a, c.b) if c.found.fixed.estimate > 0 else (c.b, c.a)
    size = f"{abs(100 * c.found.fixed.estimate):.1f} points"
    if c.fixed_p < 0.05:
        others = f"for other tasks like these, p {format_p(c.population_p)}"
        return f"On these tasks {better} is better than {worse}, by {size} (p {format_p(c.fixed_p)}); {others}."
    return (
        f"On these tasks no difference between {c.a} and {c.b} is shown (seen: {size}, p {format_p(c.fixed_p)}); "
        f"so many runs find one of {100 * c.found.detectable:.1f} points or more 4 times in 5."
    )


def _entries(c: Compared) -> list[Entry]:
    row, found = f"{c.a} - {c.b}", c.found
    entries = [
        Entry(row, "A", "success", f"{100 * found.rate_a:.1f}%", found.rate_a, trials=found.trials_a, tasks=found.tasks),
        Entry(row, "B", "success", f"{100 * found.rate_b:.1f}%", found.rate_b, trials=found.trials_b, tasks=found.tasks),
    ]
    for difference, p, (first, second) in (
        (found.fixed, c.fixed_p, COLUMNS[2:4]),
        (found.population, c.population_p, COLUMNS[4:6]),
    ):
        d: Difference = difference
        text = f"{100 * d.estimate:+.1f}"
        text += "" if d.low is None or d.high is None else f" [{100 * d.low:+.1f}, {100 * d.high:+.1f}]"
        entries.append(
            Entry(
                row,
                first,
                "difference",
                text,
                d.estimate,
                d.low,
                d.high,
                tasks=found.tasks,
                question=d.question,
                method=d.method,
            )
        )
        entries.append(Entry(row, second, "p_value", format_p(p).removeprefix("= "), p, question=d.question, method=d.test))
    entries.append(Entry(row, COLUMNS[6], "detectable", f"{100 * found.detectable:.1f}", found.detectable, question="fixed"))
    return entries


def explanation(found: Sequence[Compared]) -> list[str]:
    """What the numbers of these comparisons are."""
    tasks = sorted({c.found.tasks for c in found})
    lines = [
        f"Differences in points, paired by task; tasks in common: {' to '.join(map(str, sorted({tasks[0], tasks[-1]})))}.",
        f"These tasks, new seeds: 95 % interval: {_methods(c.found.fixed.method for c in found)}; "
        f"test: {_methods(c.found.fixed.test for c in found)}.",
        f"Other tasks like these: 95 % interval: {_methods(c.found.population.method for c in found)}; "
        f"test: {_methods(c.found.population.test for c in found)}.",
        "Detectable: the difference on these tasks that so many runs find with power 0.8 at alpha 0.05.",
    ]
    if any("conservative" in c.found.fixed.method for c in found):
        lines.append("The conservative interval may hold 0 where the test, which is not, finds a difference: go by the test.")
    if len(found) > 1:
        lines.append(f"{len(found)} comparisons: the p-values are adjusted for that (Holm), separately for each question.")
    if unpaired := sorted({t for c in found for t in c.found.unpaired}):
        lines.append(f"Left out, for lack of trials of both: {', '.join(unpaired)}.")
    return lines


def _methods(methods: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(methods))


def _arm(study: Study, name: str) -> str:
    fitting = [arm for arm in study.arms if arm == name] or [arm for arm in study.arms if name in arm]
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join(repr(arm) for arm in study.arms)
    what = "fits several arms" if fitting else "is no arm"
    raise UserError(f"{name!r} {what} of these results; they have {known}")
