"""`mldevbench agents`: list agents, install the environments of those that have one, and check that they work here."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mldevbench.console import Group, table

if TYPE_CHECKING:
    from mldevbench.agent_folder import Agent
    from mldevbench.node import Node
    from mldevbench.outcome import TrialRecord

MB = 10**6
CHECK_TASK, CHECK_MODEL = "hello_world", "scripted/oracle"


@click.group("agents", cls=Group)
def main() -> None:
    """List, install and check agents."""


@main.command("list")
def list_() -> None:
    """Every agent, whether it asks a model, its environment, and its arguments."""
    from mldevbench.catalog import Catalog

    rows = [
        (a.id, "model" if a.file.model else "no model", a.file.title, _state(a), ", ".join(a.file.args) or "-")
        for a in Catalog().agents.values()
    ]
    table(("agent", "asks", "what it is", "environment", "arguments"), rows)


def _state(agent: Agent) -> str:
    if agent.file.environment is None:
        return "-"
    return "installed" if agent.is_built else f"not installed ({agent.file.environment.size})"


@main.command("install")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def install(names: tuple[str, ...]) -> None:
    """Builds the environments of agents from their pinned requirements; one that is there already is left as it is."""
    from mldevbench.outcome import InfraError
    from mldevbench.report.text import plain

    failed = False
    for agent in _agents(names):
        entry = agent.file.environment
        if entry is None:
            print(f"{agent.id}: needs no environment of its own")
            continue
        if agent.is_built:
            print(f"{agent.id}: is installed at {agent.environment}")
            continue
        print(f"{agent.id}: installing for Python {entry.python}, {entry.size}", flush=True)
        start = time.monotonic()
        try:
            agent.python()
        except InfraError as error:
            failed = True
            print(f"{agent.id}: failed: {plain(str(error))}", file=sys.stderr)
            continue
        assert agent.environment is not None
        took, size = time.monotonic() - start, _on_disk(agent.environment) / MB
        print(f"{agent.id}: installed in {took:.1f} s, {size:.0f} MB, at {agent.environment}", flush=True)
    sys.exit(1 if failed else 0)


def _on_disk(folder: Path) -> int:
    """Bytes of the blocks that the folder takes up, as `du` counts them."""
    return sum(512 * path.lstat().st_blocks for path in folder.rglob("*"))


@main.command("check")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--isolation", help="Force a sandbox tier.")
def check(names: tuple[str, ...], isolation: str | None) -> None:
    """Whether agents work here: the environment is there, and with a scripted model they pass a small task."""
    import anyio

    from mldevbench.outcome import UserError

    agents = _agents(names)
    for agent in agents:
        if agent.file.control or agent.file.required:
            raise UserError(f"agent {agent.id} cannot be checked: it plays by arguments, or does nothing; try `mldevbench run`")
    sys.exit(0 if anyio.run(_check, agents, isolation) else 1)


async def _check(agents: list[Agent], isolation: str | None) -> bool:
    """Prints a line for each agent, and tells whether all of them work."""
    from mldevbench.local import local_node
    from mldevbench.outcome import Outcome
    from mldevbench.report.text import plain

    right = 0
    async with local_node(isolation=isolation, warm=False) as node:
        for agent in agents:
            if not agent.is_built:
                print(f"missing  {agent.id}: no environment; install it with: mldevbench agents install {agent.id}", flush=True)
                continue
            record = await _trial(agent, node)
            passed = record.outcome is Outcome.PASSED
            right += passed
            words = f"{CHECK_TASK} {record.outcome}, {record.usage.steps} steps, {record.timings.solve_s:.1f} s"
            print(f"{'ok     ' if passed else 'FAILED '}  {agent.id}: {words}{'' if passed else plain(_why(record))}", flush=True)
    return right == len(agents)


async def _trial(agent: Agent, node: Node) -> TrialRecord:
    from mldevbench.catalog import Catalog
    from mldevbench.spec import Limits, Named, TrialSpec
    from mldevbench.trial import run_trial

    catalog = Catalog()
    task, model = catalog.task(CHECK_TASK), Named.parse(CHECK_MODEL) if agent.file.model else None
    spec = TrialSpec(task.id, task.digest, Named(agent.id), agent.digest, model, 0, "mini", Limits())
    return (await run_trial(spec, catalog=catalog, node=node)).record


def _why(record: TrialRecord) -> str:
    notes = [event.data["text"] for event in record.events if event.kind == "note"]
    failed = [check.name for check in record.checks if not check.passed]
    return ", " + (record.error or "; ".join([*notes[-1:], *failed[:1]]))


def _agents(names: tuple[str, ...]) -> list[Agent]:
    from mldevbench.catalog import Catalog

    catalog = Catalog()
    return [catalog.agent(name) for name in dict.fromkeys(names)]
