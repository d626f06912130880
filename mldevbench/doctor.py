"""`mldevbench doctor`: what this machine can do, and what is missing."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator

import click

from mldevbench.console import Command
from mldevbench.envs import TASK_REQUIREMENTS, is_task_environment_built, task_python
from mldevbench.keys import provider_keys
from mldevbench.outcome import InfraError, UserError
from mldevbench.paths import home
from mldevbench.report.text import plain


@click.command(cls=Command)
@click.option("--build", is_flag=True, help="Build the task environment when it is not there.")
def main(build: bool) -> None:
    """Says what this machine can do: Python, task environment, sandbox tiers, keys. Exit code 1 when trials cannot run."""
    usable = True
    for name, value, good in _findings(build):
        print(f"{'ok     ' if good else 'missing'}  {name:17} {plain(value)}")
        usable &= good or name != "task environment"
    sys.exit(0 if usable else 1)


def _findings(build: bool) -> Iterator[tuple[str, str, bool]]:
    yield "python", f"{platform.python_version()} on {platform.system()} {platform.machine()}", True
    yield "cache", str(home()), True
    if not build and not is_task_environment_built():
        yield "task environment", f"not built; `mldevbench doctor --build` does it from {TASK_REQUIREMENTS.name}", False
        return
    try:
        python = task_python()
    except InfraError as error:
        yield "task environment", str(error), False
        return
    yield "task environment", str(python), True
    from mldevbench.sandbox.kinds import TIERS
    from mldevbench.sandbox.tiers import pick_tier

    for tier in TIERS:
        try:
            yield f"sandbox {tier}", "works: " + pick_tier(python, tier), True
        except UserError as error:
            yield f"sandbox {tier}", str(error), False
    keys = ", ".join(sorted(provider_keys()))
    yield "provider keys", keys or "none set; scripted models need none", bool(keys)
