"""The command `mldevbench`. Everything heavy is imported by the command that needs it, so that `--help` answers at once."""

from __future__ import annotations

import importlib
import sys

import click

from mldevbench.console import Group

LAZY = {
    "agents": ("mldevbench.commands.agents", "main", "List, install and check agents."),
    "tasks": ("mldevbench.commands.tasks", "main", "List, check, try by hand and make tasks."),
    "data": ("mldevbench.commands.data", "main", "List and prepare the data that tasks need."),
    "report": ("mldevbench.commands.report", "main", "Tables and a page of results, with intervals; comparisons; grading again."),
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


if __name__ == "__main__":
    main()
