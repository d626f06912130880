"""The ReAct agent and its tools, in a real sandbox with a real (scripted) model."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from agents.react.agent import solve
from agents.react.output import LONGEST
from agents.react.tools import Toolbox
from mldevbench.agent import AgentContext, EventLog
from mldevbench.clock import TrialClock
from mldevbench.envs import task_python
from mldevbench.gateway import Gateway, Script
from mldevbench.outcome import LimitReached, StopReason
from mldevbench.sandbox import open_sandbox
from mldevbench.sandbox.base import Sandbox, SandboxSpec
from mldevbench.sandbox.broker import NodeBroker
from mldevbench.spec import Limits, Named

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    place = tmp_path / "workspace"
    place.mkdir()
    return place


@asynccontextmanager
async def sandbox_at(workspace: Path) -> AsyncIterator[Sandbox]:
    spec = SandboxSpec(workspace=workspace, python=task_python())
    async with open_sandbox(spec, tier="bwrap", broker=NodeBroker(cpus=2), clock=TrialClock()) as sandbox:
        yield sandbox


@asynccontextmanager
async def toolbox_at(workspace: Path, timeout_s: float = 60) -> AsyncIterator[Any]:
    async with sandbox_at(workspace) as sandbox:
        toolbox = Toolbox(sandbox, timeout_s, cpus=1, gpus=0)

        async def call(name: str, **arguments: Any) -> str:
            return await toolbox.call(name, json.dumps(arguments))

        yield call


SCRIPT = Script(
    "toy", None, {"make.py": "open('out.txt', 'w').write('42')\n", "lib/notes.md": "notes\n"}, "sleep 0.3; python make.py"
)


async def run(workspace: Path, model: str, limits: Limits, seed: int = 0) -> tuple[EventLog, Any]:
    log = EventLog()
    async with (
        Gateway() as gateway,
        gateway.open_door(
            trial="t", model=Named.parse(model), limits=limits, seed=seed, clock=TrialClock(), script=SCRIPT
        ) as door,
        sandbox_at(workspace) as sandbox,
    ):
        ctx = AgentContext("Write 42 into out.txt.", sandbox, door, limits, seed, log, {})
        try:
            await solve(ctx)
        except LimitReached:
            assert door.limit is not None
    return log, door


async def test_a_scripted_oracle_solves_a_task_from_start_to_end(workspace: Path) -> None:
    (workspace / "README.md").write_text("a toy\n")
    log, door = await run(workspace, "scripted/oracle", Limits())
    assert (workspace / "out.txt").read_text() == "42"
    assert (workspace / "make.py").read_text() == SCRIPT.files["make.py"]
    called = [e.data["name"] for e in log.events if e.kind == "tool_call"]
    assert called[:6] == ["list_files", "read_file", "create_file", "edit_file", "create_file", "spawn"]
    results = [e.data["text"] for e in log.events if e.kind == "tool_result"]
    assert not any(text.startswith("error") for text in results)
    assert sum(e.kind == "model" for e in log.events) == door.usage.steps == len(called) + 1
    assert door.limit is None
    json.dumps([e.data for e in log.events])


async def test_a_failing_play_leaves_no_output(workspace: Path) -> None:
    await run(workspace, "scripted/coin?p=0", Limits(), seed=1)
    assert not (workspace / "out.txt").exists()


@pytest.mark.parametrize("steps", [1, 3])
async def test_the_step_limit_ends_it_and_its_last_tools_have_run(workspace: Path, steps: int) -> None:
    log, door = await run(workspace, "scripted/oracle", Limits(max_steps=steps))
    assert door.usage.steps == steps
    assert door.limit == StopReason.MAX_STEPS
    assert [e.kind for e in log.events] == ["model", "tool_call", "tool_result"] * steps


async def test_commands(workspace: Path) -> None:
    async with toolbox_at(workspace) as call:
        assert await call("shell", command="echo hello; exit 3") == "exit code 3\nhello"
        assert await call("shell", command="cat; read line; echo $?") == "exit code 0\n1", "there is no input to wait for"
        assert "bytes of binary output" in await call("shell", command="head -c 5000 /dev/zero")


async def test_a_gpu_that_is_not_there_is_told(workspace: Path) -> None:
    async with toolbox_at(workspace) as call:
        for tool in ("shell", "spawn"):
            assert await call(tool, command="true", gpu=True) == "error: this task has no GPU; run the command without"
        assert await call("shell", command="echo x", gpu=False) == "exit code 0\nx"


async def test_a_command_has_the_tasks_cpus_and_its_gpus_when_it_asks(workspace: Path) -> None:
    spec = SandboxSpec(workspace=workspace, python=task_python(), lends_gpus=True)
    broker = NodeBroker(cpus=4, gpus=["5", "7"])
    async with open_sandbox(spec, tier="bwrap", broker=broker, clock=TrialClock()) as sandbox:
        tools = Toolbox(sandbox, 60, cpus=3, gpus=2)
        show = '{"command": "echo $OMP_NUM_THREADS [$CUDA_VISIBLE_DEVICES]"'
        assert await tools.call("shell", show + "}") == "exit code 0\n3 []"
        assert await tools.call("shell", show + ', "gpu": true}') == "exit code 0\n3 [5,7]"
        await tools.call("spawn", show + ', "gpu": true}')
        assert "3 [5,7]" in await tools.call("look", '{"seconds": 60, "process": "p1"}')
        assert sandbox.gpu_held_s >= 2 * sandbox.gpu_busy_s > 0


async def test_a_command_that_does_not_end_is_killed(workspace: Path) -> None:
    async with toolbox_at(workspace, timeout_s=1) as call:
        assert (await call("shell", command="echo begun; sleep 60")) == "killed after 1 s; use spawn for long commands\nbegun"
        endless = await call("shell", command="yes")
        assert endless.startswith("killed after 1 s")
        assert len(endless) < LONGEST + 500
        assert "bytes were printed and lost" in endless


async def test_long_output_is_cut_and_kept(workspace: Path) -> None:
    async with toolbox_at(workspace) as call:
        shown = await call("shell", command="seq 1 20000")
        whole = "".join(f"{n}\n" for n in range(1, 20001))
        assert shown.startswith("exit code 0\n1\n2\n")
        assert shown.endswith("19999\n20000")
        assert f"[{len(whole) - LONGEST} characters cut; the whole of it is in /tmp/output-1.txt]" in shown
        assert await call("shell", command="tail -n +777 /tmp/output-1.txt | head -1") == "exit code 0\n777"
        assert await call("read_file", path="/tmp/output-1.txt", start=888, lines=1) == "888\n"


async def test_background_processes(workspace: Path) -> None:
    async with toolbox_at(workspace) as call:
        assert (
            await call("spawn", command="echo one; while [ ! -e go ]; do sleep 0.05; done; echo two; exit 4")
            == "process p1: started"
        )
        assert await call("look", seconds=0.5, process="p1") == "process p1: running\none"
        await call("create_file", path="go", content="")
        with anyio.fail_after(60):
            assert await call("look", seconds=600, process="p1") == "process p1: ended with exit code 4\none\ntwo"
        await call("spawn", command="sleep 1000")
        assert await call("kill", process="p2") == "process p2: killed"
        assert "running" not in await call("look", seconds=10, process="p2")
        assert await call("look", seconds=0, process="p7") == "error: no process 'p7'; there is: p1, p2"
        assert await call("look", seconds=0, command="echo x") == "exit code 0\nx"
        assert await call("look", seconds=0) == "slept 0 s"


async def test_files(workspace: Path) -> None:
    async with toolbox_at(workspace) as call:
        assert (await call("list_files")).strip() == "empty folder"
        await call("create_file", path="a/b.txt", content="one\ntwo\ntwo\n")
        assert await call("edit_file", path="a/b.txt", old="one", new="1") == "edited a/b.txt"
        assert "occurs 2 times" in await call("edit_file", path="a/b.txt", old="two", new="2")
        assert "occurs 0 times" in await call("edit_file", path="a/b.txt", old="three", new="3")
        assert "occurs 0 times" in await call("edit_file", path="a/b.txt", old="", new="3")
        assert await call("read_file", path="a/b.txt") == "1\ntwo\ntwo\n"
        assert await call("read_file", path="a/b.txt", start=2, lines=1) == "two\n"
        assert (await call("list_files")).splitlines() == ["a/", "a/b.txt (10 bytes)"]
        await call(
            "shell", command="head -c 99 /dev/zero > z; mkfifo pipe; ln -s /etc/shadow link; head -c 20000000 /dev/zero > big"
        )
        for path in ("z", "big", "pipe", "a", "missing", "a/b.txt/c"):
            assert (await call("read_file", path=path)).startswith("error: "), path
        assert (await call("create_file", path="/proc/nothing", content="")).startswith("error: cannot write")
        assert "no folder" in await call("list_files", path="missing")


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("dance", "{}", "there is no tool 'dance'"),
        ("shell", "{", "are no JSON"),
        ("shell", "[]", "must be a JSON object"),
        ("shell", "", "shell needs command"),
        ("shell", '{"command": 3}', "must be of type string"),
        ("shell", '{"cmd": "ls"}', "has no argument 'cmd'"),
        ("look", '{"seconds": true}', "must be of type number"),
        ("read_file", '{"path": "a\\u0000b"}', "is no path"),
    ],
)
async def test_calls_that_make_no_sense_get_an_answer(workspace: Path, name: str, arguments: str, message: str) -> None:
    async with sandbox_at(workspace) as sandbox:
        answer = await Toolbox(sandbox, 10, cpus=1, gpus=0).call(name, arguments)
    assert answer.startswith("error: ")
    assert message in answer
