"""What all commands share: errors and tables without anything that steers a terminal, exit codes."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from typing import Any

import click

from mldevbench.outcome import MLDevBenchError, UserError, single_cause
from mldevbench.report.text import plain, plain_lines

BROKEN, BAD_INPUT, INTERRUPTED = 1, 2, 130


class Command(click.Command):
    """A command whose bad input is one line on stderr and exit code 2. Other errors, which may quote agents, exit with 1."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any) -> Any:  # type: ignore[override]
        try:
            return super().main(args, prog_name, **extra | {"standalone_mode": False})
        except (UserError, click.ClickException) as error:
            fail(error)
        except click.exceptions.Exit as exit_:
            sys.exit(exit_.exit_code)
        except (KeyboardInterrupt, click.Abort):
            sys.exit(INTERRUPTED)
        except Exception as error:
            cause = single_cause(error)
            words = f"error: {cause}" if isinstance(cause, MLDevBenchError) else "".join(traceback.format_exception(error))
            print(plain_lines(words), file=sys.stderr)
            sys.exit(BROKEN)


class Group(click.Group, Command):
    command_class = Command


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints columns under their heads, a line under these."""
    rows = [[plain(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    for row in [head, tuple("-" * w for w in widths), *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def fail(error: UserError | click.ClickException) -> None:
    """Prints `error: ...` in one line and exits with 2. A group of commands that is called without one shows its help."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        print(error.format_message(), file=sys.stderr)
        sys.exit(BAD_INPUT)
    text = error.format_message() if isinstance(error, click.ClickException) else str(error)
    print(f"error: {plain(text)}", file=sys.stderr)
    sys.exit(BAD_INPUT)
