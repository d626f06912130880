"""`mldevbench tasks`: list, check, try by hand, and make tasks."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mldevbench.console import Group, table

if TYPE_CHECKING:
    from mldevbench.catalog import Catalog, Task
    from mldevbench.checking import CheckedPlay

TASK_HELP = "TASK is a task's id, or the folder of one."


@click.group("tasks", cls=Group)
def main() -> None:
    """List, check, try by hand and make tasks."""


@main.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of a table.")
@click.option("--markdown", is_flag=True, help="docs/tasks.md, which is made by this.")
def list_(as_json: bool, markdown: bool) -> None:
    """Every task, with its category, its row in the paper, and what it asks for."""
    from mldevbench.catalog import CATEGORIES, Catalog

    found = [t for c in CATEGORIES for t in Catalog().tasks.values() if t.file.category == c]
    if as_json:
        entries = [t.file.model_dump(mode="json") | {"digest": t.digest} for t in found]
        print(json.dumps(entries, indent=1))
        return
    if markdown:
        print(_page(found), end="")
        return
    rows = [
        (t.id, CATEGORIES[t.file.category], t.file.difficulty, t.file.paper_row or "-", str(t.profile("mini").shape))
        for t in found
        if "mini" in t.file.profiles
    ]
    table(("task", "category", "difficulty", "paper row", "asks for (mini)"), rows)
    print(f"{len(found)} tasks, {sum(t.file.paper_row is not None for t in found)} of them rows of the paper")


def _page(tasks: list[Task]) -> str:
    from mldevbench.catalog import CATEGORIES

    lines = [
        "# Tasks",
        "",
        "Made by `mldevbench tasks list --markdown`. What differs from the paper's set-up is said in each task.toml.",
        "",
    ]
    lines += [
        "| task | what is asked | category | row of the paper | cheats | full profile |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for t in tasks:
        place = t.folder.parent.name + "/" + t.folder.name
        row = (f"[`{t.id}`](../tasks/{place})", t.file.title, CATEGORIES[t.file.category], t.file.paper_row or "-")
        lines.append("| " + " | ".join((*row, str(len(t.cheats)), str(t.profile("full").shape))) + " |")
    return "\n".join(lines) + "\n"


@main.command("check")
@click.argument("names", nargs=-1, metavar="[TASKS]...")
@click.option("--profile", default="mini", show_default=True)
@click.option("--concurrency", default=2, show_default=True)
@click.option("--isolation", help="Force a sandbox tier.")
@click.option("--cheats", type=click.Choice(["own", "all"]), default="own", show_default=True, help="`all`: every trick, too.")
@click.option("--json", "as_json", is_flag=True)
def check(names: tuple[str, ...], profile: str, concurrency: int, isolation: str | None, cheats: str, as_json: bool) -> None:
    """The reference solution must pass; the untouched workspace, the lazy solution and every cheat must fail.

    A cheat that names a check must fail by that one.
    """
    import anyio

    from mldevbench.catalog import Catalog
    from mldevbench.checking import check_tasks, summary, tricks, tricks_summary
    from mldevbench.local import local_node

    catalog = Catalog()
    folders = [_find(catalog, name).id if "/" in name else name for name in names]
    chosen = catalog.select(",".join(folders) or "all")
    results: list[CheckedPlay] = []
    tried = tricks(catalog) if cheats == "all" else []

    async def run() -> None:
        async with local_node(isolation=isolation) as node:
            async for checked in check_tasks(
                chosen, catalog=catalog, node=node, profile=profile, concurrency=concurrency, tricks=tried
            ):
                results.append(checked)
                if not as_json:
                    mark = "right" if checked.right else "WRONG"
                    words = f"{mark}  {checked.task:28} {checked.play:32} {checked.outcome:8} {checked.seconds:6.1f} s"
                    print(words, _why(checked), flush=True)

    anyio.run(run)
    wrong = sum(not r.right for r in results)
    if as_json:
        print(json.dumps([dataclasses.asdict(r) | {"right": r.right} for r in results], indent=1))
    else:
        table(("task", "solution", "untouched", "lazy", "cheats", "solution s", "memory MiB", "all s"), summary(results))
        if tried:
            table(("trick", "tried on", "won"), tricks_summary(results))
        print(f"{len(results)} plays of {len(chosen)} tasks: {wrong} wrong")
    sys.exit(1 if wrong else 0)


def _why(checked: CheckedPlay) -> str:
    from mldevbench.report.text import plain

    if checked.reached:
        return plain(f"reached {checked.reached}")[:150]
    if checked.error:
        return plain(checked.error.strip().splitlines()[-1])[:150]
    first = sorted(checked.decided, key=lambda check: not check.name.startswith(checked.fails or ""))
    told = "; ".join(f"{check.name}: {check.detail}" for check in first[:2])
    return plain(told if checked.met else f"not by the check {checked.fails!r}; {told}")[:150]


@main.command("prepare", epilog=TASK_HELP)
@click.argument("task")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@click.option("--profile", default="mini", show_default=True)
def prepare(task: str, folder: Path, profile: str) -> None:
    """Makes DIR, a folder to try a task in by hand, and prints the instruction."""
    import anyio

    from mldevbench import byhand
    from mldevbench.catalog import Catalog
    from mldevbench.envs import task_python
    from mldevbench.outcome import UserError
    from mldevbench.report.text import plain_lines

    folder = folder.absolute()
    found = _find(Catalog(), task)
    if folder.exists():
        raise UserError(f"{folder} is there already; name a folder that does not exist yet")
    folder.parent.mkdir(parents=True, exist_ok=True)
    instruction = anyio.run(byhand.prepare, found, profile, folder, task_python())
    print(plain_lines(instruction))
    print(f"The task's files lie in {folder}; `. {folder}/{byhand.STATE}/environment.sh` gives a shell its Python and its data.")
    if byhand.Desk.read(folder, found).door in instruction:
        print(f"It needs its door: run `mldevbench tasks door {task} {folder}` beside your work.")
    print(f"Then: mldevbench tasks grade {task} {folder}")


@main.command("door", epilog=TASK_HELP)
@click.argument("task")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="DIR")
def door(task: str, folder: Path) -> None:
    """Serves the files and services that a task offers, for a folder of `tasks prepare`, until Ctrl-C."""
    import anyio

    from mldevbench import byhand
    from mldevbench.catalog import Catalog
    from mldevbench.envs import task_python

    found = _find(Catalog(), task)
    folder = folder.absolute()
    desk = byhand.Desk.read(folder, found)
    anyio.run(byhand.serve, found, desk, folder, task_python(), lambda url: print(f"serving {url} until Ctrl-C", flush=True))


@main.command("grade", epilog=TASK_HELP)
@click.argument("task")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="DIR")
@click.option("--isolation", help="Force a sandbox tier for what is run of the submission.")
@click.option("--json", "as_json", is_flag=True)
def grade(task: str, folder: Path, isolation: str | None, as_json: bool) -> None:
    """The verdict on a folder of `tasks prepare`, with its checks. Exit code 0 when it passed, 1 when it failed."""
    import anyio

    from mldevbench import byhand
    from mldevbench.catalog import Catalog
    from mldevbench.local import local_node
    from mldevbench.outcome import Grade, Outcome
    from mldevbench.report.text import check_line, metric_line

    found, place = _find(Catalog(), task), folder.absolute()
    desk = byhand.Desk.read(place, found)

    async def run() -> Grade:
        async with local_node(isolation=isolation) as node:
            return await byhand.judge(found, desk, place, node)

    verdict = anyio.run(run)
    if as_json:
        print(json.dumps({"task": found.id, "outcome": verdict.outcome, **dataclasses.asdict(verdict)}, indent=1))
    else:
        for c in verdict.checks:
            print(check_line(c))
        for m in verdict.metrics:
            print(metric_line(m))
        print(f"{verdict.outcome}")
    sys.exit(0 if verdict.outcome is Outcome.PASSED else 1)


@main.command("new")
@click.argument("task", metavar="ID")
@click.option("--category", default="debugging", show_default=True)
@click.option("--title", help="What the task is, in a few words.")
@click.option("--into", type=click.Path(path_type=Path), help="The folder to make; by default tasks/CATEGORY/ID of the checkout.")
def new(task: str, category: str, title: str | None, into: Path | None) -> None:
    """Writes the skeleton of a task, which passes its own check."""
    from mldevbench.skeleton import write_task

    folder = write_task(task, category, title or task.replace("_", " ").capitalize(), into)
    print(f"wrote {folder}; `mldevbench tasks check {folder}/` checks it, docs/adding-a-task.md says what each file is")


def _find(catalog: Catalog, name: str) -> Task:
    """A task by id or, when the name has a slash, by its folder."""
    return catalog.add(Path(name)) if "/" in name else catalog.task(name)
