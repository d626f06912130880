"""The command `mldevbench`. Everything heavy is imported by the command that needs it, so that `--help` answers at once."""

from __future__ import annotations

import importlib

import click

from mldevbench.console import Group

COMMANDS = {
    "agents": ("mldevbench.commands.agents", "List, install and check agents."),
    "data": ("mldevbench.commands.data", "List and prepare the data that tasks need."),
    "doctor": ("mldevbench.doctor", "Say what this machine can do, and what is missing."),
    "report": ("mldevbench.commands.report", "Tables and a page of results, with intervals; comparisons; grading again."),
    "results": ("mldevbench.commands.results", "Check, mend and compact a results folder."),
    "run": ("mldevbench.run", "Run one trial in this process, its steps printed as they happen."),
    "status": ("mldevbench.commands.status", "Say how a sweep goes, or where it stopped, from any terminal."),
    "sweep": ("mldevbench.sweep", "Run agents x models x tasks x seeds on Ray and record every trial."),
    "tasks": ("mldevbench.commands.tasks", "List, check, try by hand and make tasks."),
    "view": ("mldevbench.view.command", "Look at a results folder in a browser."),
}
"""Name -> the module whose `main` it is, and its line of help."""


class LazyGroup(Group):
    """Lists `COMMANDS` without an import; a command's module is imported when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[name][0]).main
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])


@click.group(cls=LazyGroup)
@click.version_option(package_name="mldevbench")
def main() -> None:
    """How good is this agent at real ML development, and how sure are we?"""


if __name__ == "__main__":
    main()
