"""An agent that is any command, in a real sandbox, with a scripted model behind either protocol."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agents.cli.agent import solve
from mldevbench.agent import AgentContext, EventLog
from mldevbench.catalog import Catalog
from mldevbench.clock import TrialClock
from mldevbench.envs import task_python
from mldevbench.gateway import Door, Gateway, Script
from mldevbench.outcome import AgentError, StopReason, UserError
from mldevbench.sandbox import open_sandbox
from mldevbench.sandbox.base import SandboxSpec
from mldevbench.sandbox.broker import NodeBroker
from mldevbench.spec import Limits, Named

pytestmark = pytest.mark.anyio

SCRIPT = Script("toy", None, {"make.py": "open('out.txt', 'w').write('42')\n"}, "python make.py")
INSTRUCTION = "Write '42' into out.txt,\n$HOME and `all`."
PROGRAM = r"""
import json, os, re, sys, urllib.request

def ask(url, **body):
    body |= {"model": "x", "messages": [{"role": "user", "content": os.environ["INSTRUCTION"]}]}
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode())) as response:
        return json.load(response)

assert open(os.environ["INSTRUCTION_FILE"]).read() == os.environ["INSTRUCTION"]
if sys.argv[1] == "openai":
    text = ask(os.environ["OPENAI_BASE_URL"] + "/chat/completions")["choices"][0]["message"]["content"]
else:
    text = ask(os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages", max_tokens=1000)["content"][0]["text"]
exec(re.search(r"```python\n(.*?)```", text, re.DOTALL)[1])
"""


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def context(workspace: Path, command: str, limits: Limits | None = None) -> AsyncIterator[tuple[AgentContext, Door]]:
    limits = limits or Limits()
    how = {"trial": "t", "model": Named.parse("scripted/oracle"), "limits": limits, "seed": 0, "script": SCRIPT}
    spec = SandboxSpec(workspace=workspace, python=task_python())
    async with (
        Gateway() as gateway,
        gateway.open_door(**how, clock=TrialClock()) as door,
        open_sandbox(spec, tier="bwrap", broker=NodeBroker(cpus=2), clock=TrialClock()) as sandbox,
    ):
        assert sandbox.listener is not None
        assert sandbox.door_url is not None
        async with door.serve(sandbox.listener, sandbox.door_url):
            await sandbox.write_file("/tmp/program.py", PROGRAM.encode())
            yield AgentContext(INSTRUCTION, sandbox, door, limits, 0, EventLog(), {"command": command}), door


@pytest.mark.parametrize("protocol", ["openai", "anthropic"])
async def test_a_command_has_its_instruction_and_its_model(tmp_path: Path, protocol: str) -> None:
    async with context(tmp_path, f"python /tmp/program.py {protocol}") as (ctx, door):
        await solve(ctx)
    assert (tmp_path / "out.txt").read_text() == "42"
    assert {path.name for path in tmp_path.iterdir()} == {"make.py", "out.txt"}, "nothing of ours lies in the workspace"  # noqa: ASYNC240
    assert door.usage.steps == 1
    assert [(e.kind, e.data.get("exit_code")) for e in ctx.log.events] == [("tool_call", None), ("tool_result", 0)]
    assert "metric: 1.0" in ctx.log.events[1].data["text"]


async def test_a_command_that_fails_is_an_agents_error(tmp_path: Path) -> None:
    async with context(tmp_path, "echo words; exit 7") as (ctx, _):
        with pytest.raises(AgentError, match="exit code 7"):
            await solve(ctx)
    assert ctx.log.events[-1].data["text"] == "words\n"


async def test_a_limit_is_said_by_the_door(tmp_path: Path) -> None:
    command = "python /tmp/program.py openai && python /tmp/program.py openai"
    async with context(tmp_path, command, Limits(max_steps=1)) as (ctx, door):
        with pytest.raises(AgentError):
            await solve(ctx)
    assert door.limit == StopReason.MAX_STEPS
    assert "403" in ctx.log.events[-1].data["text"]


def test_it_needs_a_command() -> None:
    agent = Catalog().agent("cli")
    agent.check({"command": "true"})
    with pytest.raises(UserError, match="needs the argument command") as raised:
        agent.check({})
    assert "\n" not in str(raised.value)
