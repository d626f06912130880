"""`mldevbench report`: tables and a page of results, comparisons, and grading again."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mldevbench.console import Group

if TYPE_CHECKING:
    from mldevbench.report.filters import Filters
    from mldevbench.report.regrade import Regraded
    from mldevbench.report.study import Study


class ReportGroup(Group):
    """`mldevbench report RESULTS` is `mldevbench report show RESULTS`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group("report", cls=ReportGroup)
def main() -> None:
    """Tables and a page of results, with intervals; comparisons; grading again.

    `mldevbench report RESULTS...` shows the tables of results folders: see `mldevbench report show --help`.
    """


def filtered(command: Any) -> Any:
    """The options that choose a part of the results."""
    options = [
        click.option("--agents", help="Only these agents, separated by commas."),
        click.option("--models", help="Only these models; without arguments, with any."),
        click.option("--tasks", help="Only these tasks."),
        click.option("--categories", help="Only these categories, such as debugging."),
        click.option("--max-steps", help="Only trials with this limit; a list is a grid."),
        click.option("--max-time", "max_time_s", help="The same of seconds."),
        click.option("--max-tokens", help="The same of tokens."),
        click.option("--max-trial-cost-usd", "max_cost_usd", help="The same of US dollars."),
    ]
    return functools.reduce(lambda made, option: option(made), reversed(options), command)


def counted(command: Any) -> Any:
    """Those, and the options of what is made into rates."""
    options = [
        click.option("--profile", type=click.Choice(["mini", "full"]), help="Where the results have both."),
        click.option(
            "--min-seeds", type=click.IntRange(1), default=1, help="Leave out a task of an arm with fewer graded trials."
        ),
    ]
    return filtered(functools.reduce(lambda made, option: option(made), reversed(options), command))


@main.command("show")
@click.argument("results", nargs=-1, required=True, metavar="RESULTS...")
@counted
@click.option("--format", "form", type=click.Choice(["text", "markdown", "csv", "latex", "json"]), default="text")
@click.option(
    "--table",
    "names",
    help="Only these tables: categories, tasks, costs, arms, limits, scores (all of these unless named), time, slowest.",
)
@click.option("--no-paper", is_flag=True, help="Without the paper's own numbers.")
@click.option("--html", "page", type=click.Path(dir_okay=False, path_type=Path), help="Write a page with figures there instead.")
def show(results: tuple[str, ...], form: str, names: str | None, no_paper: bool, page: Path | None, **given: Any) -> None:
    """Tables in the forms of the paper's Tables 2, 3 and 4, and of arms, limits and scores.

    Several RESULTS are one study. The paper's own numbers stand beside ours.
    """
    from mldevbench import load
    from mldevbench.report.formats import FORMATS, print_document
    from mldevbench.report.show import MORE, TABLES, empty_document, report_document
    from mldevbench.report.study import study_of

    wanted = _names("--table", names, TABLES + MORE) or TABLES
    found = [load(place) for place in results]
    study = study_of(found, _filters(given))
    metrics = [r.metrics for r in found] if page or "scores" in wanted else []
    if page is not None and study.trials:
        _write_page(page, study, metrics, paper=not no_paper)
        return
    document = report_document(study, wanted, paper=not no_paper, metrics=metrics) if study.trials else empty_document(study)
    if form == "text":
        print_document(document)
    else:
        print(FORMATS[form](document), end="")


@main.command("compare")
@click.argument("names", nargs=-1, required=True, metavar="A B | RESULTS... [ARM...]")
@counted
@click.option("--format", "form", type=click.Choice(["text", "markdown", "csv", "latex", "json"]), default="text")
def compare(names: tuple[str, ...], form: str, **given: Any) -> None:
    """Says which is better, for these tasks and for others like them.

    Two results folders: each arm of A against the same arm of B. One folder: every two of its arms, or of those named after it
    (part of an arm's name is enough).
    """
    from mldevbench.report.comparing import arm_pairs, compare_all, comparison_document, folder_counts
    from mldevbench.report.formats import FORMATS, print_document
    from mldevbench.report.study import load_study

    filters = _filters(given)
    places, arms = _places(names)
    if len(places) == 2 and not arms:
        studies = [_graded(load_study([place], filters), place) for place in places]
        counts, pairs = folder_counts(studies[0], studies[1], (places[0], places[1]))
    else:
        studies = [_graded(load_study(places, filters), places[0])]
        counts, pairs = dict(studies[0].counts), arm_pairs(studies[0], arms)
    document = comparison_document(compare_all(counts, pairs), studies)
    if form == "text":
        print_document(document)
    else:
        print(FORMATS[form](document), end="")


@main.command("paper")
@click.option("--format", "form", type=click.Choice(["text", "markdown", "csv", "latex", "json"]), default="text")
def paper(form: str) -> None:
    """The paper's own Tables 2, 3 and 4, with intervals."""
    from mldevbench.report.formats import FORMATS, print_document
    from mldevbench.report.show import paper_document

    if form == "text":
        print_document(paper_document())
    else:
        print(FORMATS[form](paper_document()), end="")


@main.command("regrade")
@click.argument("results")
@filtered
@click.option("--isolation", help="Force a sandbox tier for what is run of the submissions.")
@click.option("--concurrency", type=click.IntRange(1), default=2, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def regrade(results: str, isolation: str | None, concurrency: int, as_json: bool, **given: Any) -> None:
    """Grades the stored submissions of RESULTS again, with the tasks and graders of today.

    Says which verdicts changed and writes all of them to RESULTS/regrades/; the trials stay as they were. No agent is run.
    """
    import json

    import anyio

    from mldevbench import load
    from mldevbench.catalog import Catalog
    from mldevbench.local import local_node
    from mldevbench.report import regrade as again
    from mldevbench.report.text import check_line, plain

    found, filters, catalog = load(results), _filters(given), Catalog()
    kinds = found.trials.group_by(["agent", "model", "task", "category", *(filters.limits or {})]).aggregate([]).to_pylist()
    filters.check(kinds, {kind["category"] for kind in kinds})
    stored = again.stored(found, lambda row: filters.keep(row, row["category"]))
    verdicts: list[again.Regraded] = []

    async def run() -> None:
        async with local_node(isolation=isolation) as node:
            async for v in again.regrade(stored, found.submission, catalog=catalog, node=node, concurrency=concurrency):
                verdicts.append(v)
                if not as_json and v.skipped is None and (v.changed or not v.graded):
                    word = "CHANGED" if v.changed else "NOT GRADED"
                    print(f"{word}  {plain(v.stored.title)}: was {v.stored.outcome}, is {v.outcome}", flush=True)
                    for line in [check_line(c) for c in v.checks if not c.passed] + ([plain(v.error)] if v.error else []):
                        print(f"         {line}", flush=True)

    if stored:
        anyio.run(run)
    rows = [v.row() for v in verdicts if v.skipped is None]
    part = found.add_regrades(rows) if rows else None
    if as_json:
        shown = [v.row() | {"changed": v.changed, "skipped": v.skipped} for v in verdicts]
        print(json.dumps(shown, indent=1, default=str))
        return
    _show_regraded(verdicts, part)


def _show_regraded(verdicts: list[Regraded], part: str | None) -> None:
    from collections import Counter

    from mldevbench.console import table
    from mldevbench.report.regrade import summary
    from mldevbench.report.text import plain

    table(("task", "graded again", "same", "passed now", "failed now", "not graded", "skipped"), summary(verdicts))
    for reason, n in Counter(v.skipped for v in verdicts if v.skipped).items():
        print(plain(f"skipped, {n}: {reason}"))
    print(f"{sum(v.changed for v in verdicts)} of {sum(v.graded for v in verdicts)} verdicts changed")
    if part:
        print(f"written to {part}; trials/ is as it was")


def _places(names: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Results folders come first; what is no folder is an arm."""
    from mldevbench.outcome import UserError

    places = [n for n in names if "://" in n or Path(n).is_dir()]
    if not places:
        raise UserError(f"{names[0]!r} is no results folder; name one, then arms of it, or two folders")
    return places, [n for n in names if n not in places]


def _graded(study: Study, place: str) -> Study:
    from mldevbench.outcome import UserError
    from mldevbench.report.show import nothing

    if not study.trials:
        raise UserError(f"{place} has nothing to compare: {nothing(study)}")
    return study


def _filters(given: dict[str, Any]) -> Filters:
    from mldevbench.report.filters import Filters
    from mldevbench.report.planned import LIMITS

    def words(name: str) -> tuple[str, ...]:
        return tuple(w.strip() for w in (given[name] or "").split(",") if w.strip())

    return Filters(
        agents=words("agents"),
        models=words("models"),
        tasks=words("tasks"),
        categories=words("categories"),
        limits={name: tuple(_number(name, w) for w in words(name)) for name in LIMITS},
        profile=given.get("profile"),
        min_seeds=given.get("min_seeds", 1),
    )


def _number(name: str, word: str) -> float:
    from mldevbench.outcome import UserError
    from mldevbench.report.filters import option_of

    try:
        return float(word)
    except ValueError:
        raise UserError(f"{option_of(name)} {word!r} is no number; give numbers, separated by commas") from None


def _names(option: str, given: str | None, known: tuple[str, ...]) -> list[str]:
    from mldevbench.outcome import UserError

    wanted = [w.strip() for w in (given or "").split(",") if w.strip()]
    for word in wanted:
        if word not in known:
            raise UserError(f"{option} {word!r} is none of {', '.join(known)}")
    return wanted


def _write_page(page: Path, study: Study, metrics: list[Any], *, paper: bool) -> None:
    from mldevbench.outcome import UserError
    from mldevbench.report.page import html_page

    try:
        page.write_text(html_page(study, metrics, paper=paper), encoding="utf-8")
    except OSError as error:
        raise UserError(f"--html {page} cannot be written: {error.strerror}; choose another file") from None
    print(f"wrote {page} ({page.stat().st_size / 2**10:.0f} KiB); open it in a browser")
