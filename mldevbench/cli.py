"""The command `mldevbench`. Everything heavy is imported by the command that needs it, so that `--help` answers at once."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from mldevbench.console import Group

if TYPE_CHECKING:
    from mldevbench.checking import CheckedPlay

LAZY = {
    "sweep": ("mldevbench.sweep", "main", "Run agents x models x tasks x seeds on Ray and record every trial."),
    "doctor": ("mldevbench.doctor", "main", "Say what this machine can do, and what is missing."),
    "run": ("mldevbench.run", "main", "Run one trial in this process, its steps printed as they happen."),
}


class LazyGroup(Group):
    """Commands of other modules are listed from `LAZY` and imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *LAZY])

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in LAZY:
            return super().get_command(ctx, name)
        if ctx.resilient_parsing or set(sys.argv[1:]) <= {"--help"}:
            return click.Command(name, help=LAZY[name][2])
        module, attribute, _ = LAZY[name]
        found: click.Command = getattr(importlib.import_module(module), attribute)
        return found


@click.group(cls=LazyGroup)
@click.version_option(package_name="mldevbench")
def main() -> None:
    """How good is this agent at real ML development, and how sure are we?"""


@main.group(cls=Group)
def tasks() -> None:
    """List and check the tasks."""


@tasks.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of a table.")
def tasks_list(as_json: bool) -> None:
    """Every task, with its category, its row in the paper, and what it asks for."""
    from mldevbench.catalog import CATEGORIES, Catalog

    found = [t for c in CATEGORIES for t in Catalog().tasks.values() if t.file.category == c]
    if as_json:
        entries = [t.file.model_dump(mode="json") | {"digest": t.digest} for t in found]
        print(json.dumps(entries, indent=1))
        return
    rows = [
        (t.id, CATEGORIES[t.file.category], t.file.difficulty, t.file.paper_row or "-", str(t.file.profiles["mini"].shape))
        for t in found
        if "mini" in t.file.profiles
    ]
    _table(("task", "category", "difficulty", "paper row", "asks for (mini)"), rows)


@tasks.command("check")
@click.argument("names", nargs=-1, metavar="[TASKS]...")
@click.option("--profile", default="mini", show_default=True)
@click.option("--concurrency", default=2, show_default=True)
@click.option("--isolation", help="Force a sandbox tier.")
@click.option("--json", "as_json", is_flag=True)
def tasks_check(names: tuple[str, ...], profile: str, concurrency: int, isolation: str | None, as_json: bool) -> None:
    """The reference solution must pass; the untouched workspace, the lazy solution and every cheat must fail."""
    import dataclasses

    import anyio

    from mldevbench.catalog import Catalog
    from mldevbench.checking import check_tasks
    from mldevbench.local import local_node

    catalog = Catalog()
    chosen = catalog.select(",".join(names) or "all")
    results: list[CheckedPlay] = []

    async def run() -> None:
        async with local_node(isolation=isolation) as node:
            async for checked in check_tasks(chosen, catalog=catalog, node=node, profile=profile, concurrency=concurrency):
                results.append(checked)
                if not as_json:
                    mark = "right" if checked.right else "WRONG"
                    print(
                        f"{mark}  {checked.task:28} {checked.play:32} {checked.outcome:8} {checked.seconds:6.1f} s", _why(checked)
                    )

    anyio.run(run)
    wrong = sum(not r.right for r in results)
    if as_json:
        print(json.dumps([dataclasses.asdict(r) | {"right": r.right} for r in results], indent=1))
    else:
        print(f"{len(results)} plays of {len(chosen)} tasks: {wrong} wrong")
    sys.exit(1 if wrong else 0)


def _why(checked: CheckedPlay) -> str:
    from mldevbench.report.text import plain

    if checked.error:
        return plain(checked.error.strip().splitlines()[-1])[:150]
    return plain("; ".join(f"{c.name}: {c.detail}" for c in checked.decided[:2]))[:150]


@main.group(cls=Group)
def agents() -> None:
    """List the agents."""


@agents.command("list")
def agents_list() -> None:
    """Every agent, whether it asks a model, and its arguments."""
    from mldevbench.catalog import Catalog

    rows = [
        (a.id, "model" if a.file.model else "no model", a.file.title, ", ".join(a.file.args) or "-")
        for a in Catalog().agents.values()
    ]
    _table(("agent", "asks", "what it is", "arguments"), rows)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    for row in [head, tuple("-" * w for w in widths), *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@main.command()
@click.argument("results")
def report(results: str) -> None:
    """The table by category of a results folder, with intervals."""
    from mldevbench import load
    from mldevbench.report import print_report

    print_report(load(results))


if __name__ == "__main__":
    main()
