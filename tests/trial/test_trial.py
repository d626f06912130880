"""One trial from start to finish, with agents that behave and agents that do not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import anyio
import psutil
import pytest

from mldevbench.catalog import Catalog
from mldevbench.local import local_node
from mldevbench.outcome import Outcome, StopReason, TrialRecord
from mldevbench.paths import folder
from mldevbench.spec import Limits, Named, TrialSpec
from mldevbench.trial import run_trial
from tests.sandbox.helpers import WEAK
from tests.support import ALTERNATING_AGENT, write_package

HELLO = "await ctx.sandbox.write_file(f'{ctx.sandbox.workspace}/hello.py', b\"print('Hello, World!')\\n\")"


def agent(*lines: str) -> str:
    return "import anyio\n\n\nasync def solve(ctx):\n" + "".join(f"    {line}\n" for line in lines)


AGENTS = {
    "alternating": ALTERNATING_AGENT,
    "crashing": agent(HELLO, "raise ValueError('a bug of the agent')"),
    "slow": agent(HELLO, "await anyio.sleep(3600)"),
    "killing": agent("await ctx.sandbox.exec('kill -9 -1; kill -9 1; sleep 1')", HELLO),
    "hungry": agent("await ctx.sandbox.exec(\"python3 -c 'x = bytearray(8 << 30); x[::4096] = bytes(len(x[::4096]))'\")"),
    "lingering": agent(HELLO, "await ctx.sandbox.spawn('setsid sleep 3517 & disown; sleep 3517')"),
    "deaf": agent(
        "while True:",
        "    try:",
        "        await ctx.model.complete([{'role': 'user', 'content': 'hi'}])",
        "    except Exception:",
        f"        {HELLO}",
        "        await anyio.sleep(3600)",
    ),
    "importing": "import time\n\ntime.sleep(5)\n\n\nasync def solve(ctx):\n    pass\n",
    "messy": agent("await ctx.sandbox.exec('mkdir -p hello.py/a; mkfifo b; ln -s / c; chmod 000 hello.py')"),
}


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    place = write_package(tmp_path_factory.mktemp("agents"), AGENTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(place))
        yield


def run(
    name: str, seed: int = 0, *, task: str = "hello_world", model: str | None = None, limits: Limits | None = None
) -> TrialRecord:
    async def go() -> TrialRecord:
        catalog = Catalog()
        digest = catalog.task(task).digest
        named, asked = Named.parse(name), Named.parse(model) if model else None
        spec = TrialSpec(task, digest, named, catalog.agent(named.name).digest, asked, seed, "mini", limits or Limits())
        async with local_node(warm=False) as node:
            return (await run_trial(spec, catalog=catalog, node=node)).record

    return anyio.run(go)


@pytest.mark.usefixtures("packages")
def test_seeds_are_independent() -> None:
    """Solved in seed 0, nothing done in seed 1: a workspace that was used again would pass twice."""
    assert [run("alternating", seed).outcome for seed in (0, 1)] == [Outcome.PASSED, Outcome.FAILED]


@pytest.mark.usefixtures("packages")
@pytest.mark.parametrize(
    ("name", "limits", "outcome", "stop"),
    [
        ("crashing", Limits(), Outcome.PASSED, StopReason.AGENT_ERROR),
        ("slow", Limits(max_time_s=1), Outcome.PASSED, StopReason.MAX_TIME),
        ("killing", Limits(), Outcome.PASSED, StopReason.SUBMITTED),
        ("hungry", Limits(), Outcome.FAILED, StopReason.AGENT_ERROR),
        ("messy", Limits(), Outcome.FAILED, StopReason.SUBMITTED),
    ],
)
def test_whatever_an_agent_does_is_graded(name: str, limits: Limits, outcome: Outcome, stop: StopReason) -> None:
    record = run(name, limits=limits)
    assert (record.outcome, record.stop_reason, record.error) == (outcome, stop, None)


@pytest.mark.usefixtures("packages")
def test_an_agent_that_goes_on_after_its_last_step_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mldevbench.trial.GRACE_S", 0.5)
    record = run("deaf", model="scripted/noop", limits=Limits(max_steps=2, max_time_s=3000))
    assert (record.outcome, record.stop_reason, record.usage.steps) == (Outcome.PASSED, StopReason.MAX_STEPS, 2)


@pytest.mark.usefixtures("packages")
def test_preparing_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mldevbench.trial.STEP_S", 0.5)
    record = run("importing")
    assert (record.outcome, record.error_kind) == (Outcome.INFRA_ERROR, "runner")
    assert record.error == "importing the agent took longer than 0.5 s"
    assert record.timings.prepare_s >= 0.5


def test_a_submission_that_takes_too_long_to_copy_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mldevbench.workspace.COLLECT_S", 0.0)
    record = run("oracle")
    assert (record.outcome, record.error_kind) == (Outcome.FAILED, None)
    assert [c.name for c in record.checks] == ["submission"]


def test_the_parts_of_a_trials_time_are_the_whole() -> None:
    timings = run("react", model="scripted/oracle").timings
    told = (timings.model_s, timings.command_s, timings.idle_s, timings.grade_waited_s)
    assert None not in told
    assert min(timings.model_s or 0, timings.command_s or 0, timings.idle_s or 0) > 0
    assert (timings.model_s or 0) + (timings.idle_s or 0) <= timings.solve_s
    assert timings.solve_s <= sum(s or 0 for s in told[:3]) + 1e-3
    phases = timings.prepare_s + timings.solve_s + timings.waited_s + (timings.grade_waited_s or 0) + timings.grade_s
    assert phases <= timings.wall_s


@pytest.mark.usefixtures("packages")
def test_nothing_outlives_a_trial() -> None:
    assert run("lingering").outcome is Outcome.PASSED
    assert not [p for p in psutil.process_iter(["cmdline"]) if "3517" in (p.info["cmdline"] or [])]
    assert not [p for p in folder("trials").iterdir() if f"-{os.getpid()}-" in p.name]


def test_a_scripted_model_is_metered_and_held_to_its_steps() -> None:
    whole = run("react", model="scripted/oracle")
    assert whole.outcome is Outcome.PASSED
    assert whole.usage.steps == whole.usage.calls == len(whole.calls) >= 5
    assert whole.synthetic_model
    short = run("react", model="scripted/oracle", limits=Limits(max_steps=2))
    assert (short.outcome, short.stop_reason, short.usage.steps) == (Outcome.FAILED, StopReason.MAX_STEPS, 2)


def test_a_task_that_needs_proc_gets_a_tier_that_shows_it() -> None:
    async def go(proc_tier: str | None) -> TrialRecord:
        catalog = Catalog()
        spec = TrialSpec("wandb_integration", "d", Named("oracle"), "d", None, 0, "mini", Limits())
        async with local_node(isolation="bwrap-noproc", warm=False) as node:
            return (await run_trial(spec, catalog=catalog, node=replace(node, proc_tier=proc_tier))).record

    record = anyio.run(go, WEAK)
    assert (record.outcome, record.isolation) == (Outcome.PASSED, WEAK)
    refused = anyio.run(go, None)
    assert (refused.outcome, refused.error_kind) == (Outcome.INFRA_ERROR, "sandbox_start")
    assert "bwrap-noproc does not show" in (refused.error or "")


def test_a_trial_that_is_cancelled_is_no_failure() -> None:
    async def go() -> TrialRecord:
        catalog = Catalog()
        spec = TrialSpec("hello_world", "d", Named("noop"), "d", None, 0, "mini", Limits())
        scope = anyio.CancelScope()
        scope.cancel()
        async with local_node(warm=False) as node:
            return (await run_trial(spec, catalog=catalog, node=node, scope=scope)).record

    assert anyio.run(go).outcome is Outcome.CANCELLED


def test_the_work_folder_of_a_killed_process_is_removed(tmp_path: Path) -> None:
    from mldevbench.place import remove_leftovers

    gone = folder("trials") / "0123456789ab-4194999-1f"
    (gone / "workspace").mkdir(parents=True)
    remove_leftovers()
    assert not gone.exists()
