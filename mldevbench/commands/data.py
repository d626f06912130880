"""`mldevbench data`: what data there is on this machine, and getting the rest of it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mldevbench.console import Group, table

if TYPE_CHECKING:
    from mldevbench.data.store import Report

MB = 10**6
LINE_EVERY = 0.1
"""Without a terminal a line is printed whenever this fraction of a download has come."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One asset of one profile: `task` is the folder of a task that names it, `tasks` all who do."""

    name: str
    task: Path
    tasks: tuple[str, ...]
    files: Path
    fetched: int

    @property
    def there(self) -> bool:
        return self.files.exists()


def assets_of(tasks: str, profile: str) -> list[Asset]:
    """The assets that the chosen tasks need, by name; those of the same name in folders of tasks are told apart."""
    from mldevbench.catalog import Catalog
    from mldevbench.data import download_bytes, location

    users: dict[Path, list[tuple[str, Path, str]]] = {}
    for task in Catalog().select(tasks):
        for name in task.profile(profile).assets.all:
            users.setdefault(location(name, profile, task.folder), []).append((name, task.folder, task.id))
    found = []
    for files, entries in users.items():
        name, folder, _ = entries[0]
        fetched = download_bytes(name, folder) if profile == "full" else 0
        found.append(Asset(name, folder, tuple(task for _, _, task in entries), files, fetched))
    return sorted(found, key=lambda asset: asset.name)


@click.group("data", cls=Group)
def main() -> None:
    """List and prepare the data that tasks need."""


@main.command("list")
@click.option("--profile", default="mini", show_default=True)
@click.option("--tasks", default="all", show_default=True, help="As for `sweep`: all, paper, category:NAME or ids.")
def list_(profile: str, tasks: str) -> None:
    """What is there and what is missing."""
    rows = []
    for asset in assets_of(tasks, profile):
        size = sum(p.stat().st_size for p in asset.files.rglob("*") if p.is_file()) if asset.there else 0
        fetch = f"{asset.fetched / MB:.1f}" if asset.fetched else "generated" if profile == "mini" else "nothing"
        state, disk = ("there", f"{size / MB:.1f}") if asset.there else ("missing", "-")
        rows.append((asset.name, state, disk, fetch, ", ".join(asset.tasks)))
    table(("asset", "state", "MB on disk", "MB to fetch", "tasks"), rows)


@main.command("prepare")
@click.option("--profile", default="mini", show_default=True)
@click.option("--tasks", default="all", show_default=True, help="As for `sweep`: all, paper, category:NAME or ids.")
def prepare(profile: str, tasks: str) -> None:
    """Makes or downloads what is missing. A download that broke off is gone on with; run it again until all is there."""
    from mldevbench import data
    from mldevbench.envs import task_python
    from mldevbench.outcome import InfraError, UserError
    from mldevbench.paths import folder, home
    from mldevbench.report.text import plain

    missing = [asset for asset in assets_of(tasks, profile) if not asset.there]
    for asset in missing:
        print(f"{asset.name}: {f'{asset.fetched / MB:.1f} MB' if asset.fetched else 'generated'} for {', '.join(asset.tasks)}")
    total, free = sum(asset.fetched for asset in missing), shutil.disk_usage(folder("assets")).free
    if 3 * total > free:  # packed, unpacked, and some room
        room = f"{free / MB:.0f} MB are free, {3 * total / MB:.0f} MB are wanted"
        raise UserError(f"{home()}: {room}; let MLDEVBENCH_HOME name a larger place")
    print(f"{len(missing)} assets, {total / MB:.1f} MB to fetch", flush=True)
    python, failed = task_python(), 0
    for asset in missing:
        with _progress(asset.name) as report:
            try:
                data.prepare(asset.name, profile, asset.task, python, report)
                line = f"{asset.name}: ready"
            except InfraError as error:
                failed += 1
                line = f"{asset.name}: {plain(str(error))}"
        print(line, flush=True)
    print(f"{len(missing) - failed} of {len(missing)} assets made ready")
    sys.exit(1 if failed else 0)


def _file(url: str) -> str:
    from mldevbench.report.text import plain

    return plain(url.rsplit("/", 1)[-1])


@contextmanager
def _progress(name: str) -> Iterator[Report]:
    """A bar on a terminal, a line now and then elsewhere."""
    if sys.stdout.isatty():
        from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

        words = TextColumn(f"{name}: {{task.description}}", markup=False)
        with Progress(words, BarColumn(), DownloadColumn(), TimeRemainingColumn()) as bar:
            bars: dict[str, TaskID] = {}

            def draw(url: str, done: int, total: int | None) -> None:
                if url not in bars:
                    bars[url] = bar.add_task(_file(url))
                bar.update(bars[url], completed=done, total=total)

            yield draw
        return
    shown: dict[str, float] = {}

    def tell(url: str, done: int, total: int | None) -> None:
        share = done / total if total else 0.0
        if share >= shown.get(url, 0.0) + LINE_EVERY or (share == 1 and shown.get(url) != 1):
            shown[url] = share
            print(f"{name}: {_file(url)} {share:.0%} of {(total or 0) / MB:.1f} MB", flush=True)

    yield tell
