"""The command `mldevbench`. Everything heavy is imported by the command that needs it, so that `--help` answers at once."""

from __future__ import annotations

import importlib
import sys

import click

from mldevbench.console import Group, table

LAZY = {
    "tasks": ("mldevbench.commands.tasks", "main", "List, check, try by hand and make tasks."),
    "data": ("mldevbench.commands.data", "main", "List and prepare the data that tasks need."),
    "sweep": ("mldevbench.sweep", "main", "Run agents x models x tasks x seeds on Ray and record every trial."),
    "doctor": ("mldevbench.doctor", "main", "Say what this machine can do, and what is missing."),
    "view": ("mldevbench.view.command", "main", "Look at a results folder in a browser."),
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
    table(("agent", "asks", "what it is", "arguments"), rows)


@main.command()
@click.argument("results")
def report(results: str) -> None:
    """The table by category of a results folder, with intervals."""
    from mldevbench import load
    from mldevbench.report import print_report

    print_report(load(results))


if __name__ == "__main__":
    main()
