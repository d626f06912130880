"""`mldevbench status`: how a sweep goes, from another terminal or another node."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from mldevbench.console import Command

if TYPE_CHECKING:
    from mldevbench.results.storage import Storage
    from mldevbench.status.status import Status
    from mldevbench.view.index import Index

LOOK_EVERY_S = 2.0


@click.command(cls=Command)
@click.argument("results")
@click.option("--json", "as_json", is_flag=True, help="One JSON object; with --watch, one a line.")
@click.option("--watch", is_flag=True, help="Look again every two seconds while the sweep runs.")
def main(results: str, as_json: bool, watch: bool) -> None:
    """Says how a sweep goes, or where it stopped: what is graded, running, missing and why, what it cost, how to resume.

    RESULTS is the sweep's results folder or object-store address. Works from any machine that can read it; the driver need not
    live.
    """
    from mldevbench.results.storage import Storage

    storage = Storage.at(results)
    with _readable(storage):
        index = _open(storage)
    try:
        while True:
            with _readable(storage):
                status = _look(storage, index)
            _show(status, as_json, watch)
            if not watch or status.state != "running":
                return
            time.sleep(LOOK_EVERY_S)
    except KeyboardInterrupt:
        if not watch:
            raise


@contextmanager
def _readable(storage: Storage) -> Iterator[None]:
    """An address may hold credentials, so it is not said again."""
    from mldevbench.outcome import UserError

    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"{storage.base} holds no sweep (no sweep.json); name a results folder") from None
    except OSError as error:
        raise UserError(f"{storage.base} cannot be read: {' '.join(str(error).split())[:200]}") from None


def _open(storage: Storage) -> Index:
    from mldevbench.status.status import COLUMNS
    from mldevbench.view.index import Index

    return Index(storage, COLUMNS)


def _look(storage: Storage, index: Index) -> Status:
    """The sign of life first: a driver that ends in between has then written more than it is said to have, not less."""
    from mldevbench.status.pulse import read_pulse
    from mldevbench.status.status import status_of

    pulse = read_pulse(storage)
    index.refresh()
    return status_of(index, pulse)


def _show(status: Status, as_json: bool, watch: bool) -> None:
    from mldevbench.status.show import document, lines

    if as_json:
        print(json.dumps(document(status), indent=None if watch else 1), flush=True)
        return
    if watch and sys.stdout.isatty():
        click.clear()
    print("\n".join(lines(status)), flush=True)
    if watch and not sys.stdout.isatty():
        print(flush=True)
