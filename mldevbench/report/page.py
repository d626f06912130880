"""The page: one self-contained HTML file with figures, their numbers as tables, and the notes. Nothing is fetched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from mldevbench.report import tables
from mldevbench.report.arms import arms
from mldevbench.report.comparing import arm_pairs, compare_all, comparison_table, explanation, sentence
from mldevbench.report.document import Table
from mldevbench.report.figures import curves, strength, usage
from mldevbench.report.figures.base import Figure
from mldevbench.report.heat import heat
from mldevbench.report.limits import limits
from mldevbench.report.notes import notes
from mldevbench.report.scores import Values, collect, common, scores
from mldevbench.report.study import Study
from mldevbench.report.text import plain
from mldevbench.report.times import slowest
from mldevbench.stats import fixed_rate, population_rate

MOST_ARMS = 8
"""More arms than that are not compared pair by pair on the page."""
UNCOMPARED = f"More than {MOST_ARMS} arms are not compared pair by pair here: `mldevbench report compare` does it."


@dataclass(frozen=True, slots=True)
class Findings:
    """What is said of each pair of arms, what the numbers are, and the numbers."""

    sentences: Sequence[str]
    explanation: Sequence[str]
    table: Table


@dataclass(frozen=True, slots=True)
class Card:
    """An arm in large letters: percent, and where the two intervals lie."""

    title: str
    synthetic: bool
    rate: str
    fixed: str
    population: str
    trials: str


def html_page(study: Study, metrics: Sequence[Any], *, paper: bool) -> str:
    """Of a study that has trials. Every text of results is escaped; the figures' SVG is made here, with escaped text."""
    from jinja2 import Environment, StrictUndefined

    source = files("mldevbench") / "report"
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    environment.filters["plain"] = plain
    template = environment.from_string((source / "page.html").read_text(encoding="utf-8"))
    found = collect(study, metrics)
    table, rows = heat(study, paper=paper)
    return template.render(
        title=", ".join(study.names),
        style=(source / "page.css").read_text(encoding="utf-8"),
        study=study,
        sample=strength.sample(study),
        cards=[_card(study, arm) for arm in study.arms],
        heat=rows,
        heat_columns=table.columns,
        figures=_figures(study, found, paper=paper),
        slowest=slowest(study),
        comparison=_comparison(study),
        tables=[t for t in _tables(study, found, paper=paper) if t.lines],
        notes=[*notes(study, paper=paper), *([UNCOMPARED] if len(study.arms) > MOST_ARMS else [])],
    )


def _figures(study: Study, found: Values, *, paper: bool) -> list[Figure]:
    """In an order that puts those of about one height side by side on a wide page."""
    profiles = [curves.profiles(study, name, by_arm) for name, by_arm in list(common(found).items())[:1]]
    return [
        strength.forest(study, paper=paper),
        curves.tries(study),
        curves.scaling(study),
        *profiles,
        strength.variance(study),
        usage.cost(study),
        usage.timings(study),
        usage.outcomes(study),
    ]


def _comparison(study: Study) -> Findings | None:
    if not 2 <= len(study.arms) <= MOST_ARMS:
        return None
    pairs = [(a, b) for a, b in arm_pairs(study, []) if study.counts[a].keys() & study.counts[b].keys()]
    if not pairs:
        return None
    found = compare_all(study.counts, pairs)
    return Findings([sentence(c) for c in found], explanation(found), comparison_table(found))


def _tables(study: Study, found: Values, *, paper: bool) -> list[Table]:
    return [
        tables.categories(study, paper=paper),
        arms(study),
        limits(study),
        scores(study, found),
        tables.costs(study, paper=paper),
    ]


def _card(study: Study, arm: str) -> Card:
    counts = list(study.counts[arm].values())
    fixed, population = fixed_rate(counts), population_rate(counts)
    assert fixed.low is not None
    assert fixed.high is not None
    others = "unknown"
    if population.low is not None and population.high is not None:
        others = f"{100 * population.low:.0f} to {100 * population.high:.0f}%"
    return Card(
        title=arm,
        synthetic=arm in study.synthetic,
        rate=f"{100 * fixed.estimate:.0f}%",
        fixed=f"{100 * fixed.low:.0f} to {100 * fixed.high:.0f}%",
        population=others,
        trials=f"{fixed.successes}/{fixed.trials} trials, {fixed.tasks} tasks",
    )
