"""AIDE, the real package in its own environment, in a real sandbox; only the model is scripted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from agents.aide.agent import nodes, solve
from mldevbench.agent import AgentContext, EventLog
from mldevbench.catalog import Catalog
from mldevbench.clock import TrialClock
from mldevbench.envs import task_python
from mldevbench.gateway import Door, Gateway, Script
from mldevbench.local import local_node
from mldevbench.outcome import Outcome, StopReason, TrialRecord, UserError
from mldevbench.sandbox import open_sandbox
from mldevbench.sandbox.base import SandboxSpec
from mldevbench.sandbox.broker import NodeBroker
from mldevbench.spec import Limits, Named, TrialSpec
from mldevbench.trial import run_trial

pytestmark = pytest.mark.timeout(600)  # the first of them may have to build AIDE's environment

FAILS_ONCE = r"""
n=$(cat $HOME/n 2>/dev/null || echo 0); echo $((n + 1)) > $HOME/n
ls -A > found.txt
echo "result of node $n" > result.txt
mkdir closed && echo x > closed/file && chmod 500 closed
echo more >> given.txt
if [ $n = 0 ]; then
    setsid bash -c 'while sleep 0.05; do echo late > late.txt; done' > /dev/null 2>&1 &
    echo "node 0 fails"; exit 3
fi
"""
SCRIPT = Script("toy", None, {"run.sh": FAILS_ONCE}, "bash run.sh")


@asynccontextmanager
async def context(workspace: Path, args: dict[str, str], limits: Limits) -> AsyncIterator[tuple[AgentContext, Door]]:
    how = {"trial": "t", "model": Named.parse("scripted/oracle"), "limits": limits, "seed": 0, "script": SCRIPT}
    python = await anyio.to_thread.run_sync(Catalog().agent("aide").python)
    assert python is not None
    spec = SandboxSpec(workspace=workspace, python=task_python(), pythons=(python,))
    async with (
        Gateway() as gateway,
        gateway.open_door(**how, clock=TrialClock()) as door,
        open_sandbox(spec, tier="bwrap", broker=NodeBroker(cpus=2), clock=TrialClock()) as sandbox,
    ):
        assert sandbox.listener is not None
        assert sandbox.door_url is not None
        async with door.serve(sandbox.listener, sandbox.door_url):
            yield AgentContext("Write result.txt.", sandbox, door, limits, 0, EventLog(), args, python=python), door


def test_the_best_node_is_what_is_left_and_no_node_sees_another(tmp_path: Path) -> None:
    (tmp_path / "given.txt").write_text("given\n")

    async def go() -> tuple[EventLog, int]:
        async with context(tmp_path, {"nodes": "6"}, Limits()) as (ctx, door):
            await solve(ctx)
            return ctx.log, door.usage.steps

    log, steps = anyio.run(go)
    assert (tmp_path / "result.txt").read_text() == "result of node 1\n", "as good as those after it, and the first"
    assert sorted((tmp_path / "found.txt").read_text().split()) == ["found.txt", "given.txt", "run.sh", "runfile.py"]
    assert (tmp_path / "given.txt").read_text() == "given\nmore\n"
    assert {path.name for path in tmp_path.iterdir()} == {"closed", "found.txt", "given.txt", "result.txt", "run.sh"}
    assert (tmp_path / "closed" / "file").read_text() == "x\n"

    kinds = Counter(event.kind for event in log.events)
    assert steps == kinds["model"] == 12
    calls = [event.data["name"] for event in log.events if event.kind == "tool_call"]
    assert calls == [event.data["name"] for event in log.events if event.kind == "tool_result"] == ["python", "submit_review"] * 6
    notes = [event.data["text"] for event in log.events if event.kind == "note"]
    assert notes[0].startswith("node 0, a draft")
    assert notes[0].endswith("the best is none")
    assert notes[5].startswith(("node 5, to improve node 1:", "node 5, to debug node 0:"))
    assert notes[5].endswith("the best is node 1")
    files = {event.data["name"]: event.data["text"] for event in log.events if event.kind == "file"}
    assert files.keys() >= {"best_solution.py", "journal.json", "tree_plot.html"}
    journal = json.loads(files["journal.json"])
    assert [node["is_buggy"] for node in journal["nodes"]] == [True] + [False] * 5
    assert "node 0 fails" in "".join(journal["nodes"][0]["_term_out"])


def run(task_id: str, limits: Limits) -> TrialRecord:
    async def go() -> TrialRecord:
        catalog = Catalog()
        agent, task = catalog.agent("aide"), catalog.task(task_id)
        model = Named.parse("scripted/oracle")
        spec = TrialSpec(task.id, task.digest, Named.parse("aide?nodes=2"), agent.digest, model, 0, "mini", limits)
        async with local_node(warm=False) as node:
            return (await run_trial(spec, catalog=catalog, node=node)).record

    return anyio.run(go)


def test_it_solves_a_task() -> None:
    record = run("large_training_logs", Limits())
    assert (record.outcome, record.stop_reason, record.usage.steps) == (Outcome.PASSED, StopReason.SUBMITTED, 4)


def test_a_limit_ends_it_and_the_best_so_far_counts() -> None:
    record = run("hello_world", Limits(max_steps=3))
    assert (record.outcome, record.stop_reason, record.usage.steps) == (Outcome.PASSED, StopReason.MAX_STEPS, 3)
    assert [event.kind for event in record.events].count("model") == 3


def test_its_budget() -> None:
    assert nodes({"nodes": "7"}, Limits()) == 7
    assert nodes({}, Limits(max_steps=50)) == 25
    assert nodes({}, Limits(max_steps=1)) == 1
    assert nodes({}, Limits(max_steps=None)) == 20
    for wrong in ("0", "-1", "many", "2.5"):
        with pytest.raises(UserError, match="nodes is"):
            Catalog().agent("aide").check({"nodes": wrong})
