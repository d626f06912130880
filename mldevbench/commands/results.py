"""`mldevbench results`: checks, mends and compacts the folder of a sweep."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from mldevbench.console import BROKEN, Group
from mldevbench.report.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mldevbench.results.storage import Storage


@click.group("results", cls=Group)
def main() -> None:
    """Check, mend and compact a results folder: a local path or an object store's address."""


@main.command("verify")
@click.argument("results")
@click.option("--json", "as_json", is_flag=True)
def verify(results: str, as_json: bool) -> None:
    """Says whether RESULTS is sound; a line for each finding, with the file and the mend. Exit code 1 when it is not.

    Reads every byte: files against their digests, rows against each other, trials against their keys and submissions. Works while
    a sweep is running. What the sweep was to run and has not graded is counted, and is no fault.
    """
    import json
    from dataclasses import asdict

    from mldevbench.results.verify import verify as look

    with _opened(results) as storage:
        verdict = look(storage)
        planned = _planned(storage)
    missing = len(planned - verdict.keys) if planned else None
    if as_json:
        shown = asdict(verdict) | {"sound": verdict.sound, "not_graded": missing}
        del shown["keys"]
        print(json.dumps(shown, indent=1))
        sys.exit(0 if verdict.sound else BROKEN)
    for finding in verdict.findings:
        print(plain(f"{'FAULT' if finding.fault else 'note '}  {finding.file}: {finding.problem}; {finding.mend}"))
    if verdict.writer is not None:
        print(f"process {verdict.writer} is writing here: this is how it stood a moment ago; what is under way was not judged")
    print(f"{verdict.trials} trials, {verdict.attempts} attempts, {verdict.submissions} submissions", end="")
    print("" if missing is None else f"; {missing} planned trials are not graded")
    print("sound" if verdict.sound else f"NOT SOUND: {sum(f.fault for f in verdict.findings)} fault(s)")
    sys.exit(0 if verdict.sound else BROKEN)


@main.command("repair")
@click.argument("results")
def repair(results: str) -> None:
    """Mends what can be mended in RESULTS without inventing anything, and says what was lost.

    Finishes interrupted seals, removes leftovers, drops doubled rows, and makes rows again from the journal and from each
    other. What is damaged is moved to RESULTS/damaged/. Not while a sweep is running.
    """
    from mldevbench.results.repair import repair as mend

    with _opened(results) as storage:
        done = mend(storage)
    for line in done.lines:
        print(plain(line))
    print(f"{len(done.lines)} thing(s) mended" if done.lines else "there was nothing to mend")
    if done.lost:
        print(f"{len(done.lost)} trial(s) are lost and run again by the same sweep command: {', '.join(sorted(done.lost))}")


@main.command("compact")
@click.argument("results")
def compact(results: str) -> None:
    """Merges the small parts of RESULTS into large ones. Not while a sweep is running; readers may read meanwhile."""
    from mldevbench.results.compact import compact as merge

    with _opened(results) as storage:
        before, after = merge(storage)
    print(f"{before} parts before, {after} after")


@contextmanager
def _opened(place: str) -> Iterator[Storage]:
    """The storage at a place. What the disk or the object store refuses is one line."""
    from mldevbench.outcome import MLDevBenchError
    from mldevbench.results.storage import Storage

    try:
        yield Storage.at(place)
    except OSError as error:
        raise MLDevBenchError(f"{place}: {error.strerror or error}; nothing was lost, try again") from None


def _planned(storage: Storage) -> set[str]:
    """Keys of all trials that the runs of a sweep were to run; none when nobody can tell."""
    from mldevbench.outcome import UserError
    from mldevbench.results.info import planned_keys, read_info

    try:
        return planned_keys(read_info(storage))
    except (UserError, FileNotFoundError):
        return set()
