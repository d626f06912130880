"""What agents, models, providers and graders say cannot steer the terminal, whichever command shows it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mldevbench.skeleton import write_task
from tests.gateway.provider_server import Reply, provider_server
from tests.support import NASTY, steers, write_package

NASTY_AGENT = f"""
NASTY = {NASTY!a}


async def solve(ctx):
    ctx.log.add(NASTY, **{{NASTY: NASTY, "list": [NASTY], "lines": "one\\ntwo"}})
    await ctx.sandbox.write_file(f"{{ctx.sandbox.workspace}}/hello.py", b"print('\\\\x1b[2J', end='')")
    raise ValueError(NASTY)
"""
NASTY_GRADER = f"""
NASTY = {NASTY!a}


def grade(g):
    g.check(NASTY, False, NASTY)
    g.checks[-1] = type(g.checks[-1])(NASTY, False, NASTY)
    g.metric(NASTY, 0.5, NASTY)
    if "defect" in g.files.read_text("metrics.py", 10_000):
        raise RuntimeError(NASTY)
"""


def run(*arguments: str | Path, agents: Path | None = None) -> tuple[int, str]:
    """The exit code of a command and what it printed, which is checked here."""
    command = [sys.executable, "-m", "mldevbench.cli", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(agents or "")}
    done = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=200)
    text = (done.stdout + done.stderr).decode()
    assert not steers(text), text
    return done.returncode, text


def test_a_run_with_an_agent_that_prints_escapes(tmp_path: Path) -> None:
    agents = write_package(tmp_path, {"nasty": NASTY_AGENT})
    code, text = run("run", "hello_world", "--agent", "nasty", agents=agents)
    assert code == 0
    assert text.count("[bold red]markup[/bold red] :bomb:") >= 4
    assert "failed (agent_error)" in text


@pytest.mark.parametrize("status", [200, 401])
def test_a_run_with_a_provider_that_sends_escapes(status: int) -> None:
    shell = ("shell", {"command": f"printf '\\033[2J\\233\\342\\200\\256 {NASTY[-34:]}'; echo $'\\e]52;c;x\\a'"})
    error = {"message": NASTY, "type": "invalid_request_error"}
    with provider_server() as provider:
        provider.replies = [Reply(text=NASTY.replace("\ud800", ""), tools=(shell,), status=status, error=error)]
        provider.default = Reply(text="done", status=status, error=error)
        base = f"openai={provider.url}/v1"
        code, text = run("run", "hello_world", "--agent", "react", "--model", "openai/[bold]m[/bold]", "--api-base", base)
    assert code == (0 if status == 200 else 1)
    assert "openai/[bold]m[/bold]" in text
    assert "markup" in text or status == 401


def test_a_task_tried_by_hand(tmp_path: Path) -> None:
    task, desk = write_task("nasty_words", "debugging", "Of a test", tmp_path / "nasty_words"), tmp_path / "desk"
    (task / "grader.py").write_text(NASTY_GRADER)
    instruction = task / "instruction.md"
    instruction.write_bytes(instruction.read_bytes() + NASTY.encode("utf-8", "replace"))
    code, text = run("tasks", "prepare", task, desk)
    assert code == 0
    assert "\n\n## What is checked\n" in text
    code, text = run("tasks", "grade", task, desk)
    assert code == 1
    assert text.count("[bold red]markup[/bold red] :bomb:") == 4
    code, text = run("tasks", "grade", task, desk, "--json")
    assert json.loads(text)["checks"][0]["detail"] == NASTY
    (desk / "metrics.py").write_text("# a defect of the grader\n")
    code, text = run("tasks", "grade", task, desk)
    assert code == 1
    assert "RuntimeError: " in text
    (desk / ".mldevbench" / "task.json").write_text(json.dumps({"task": NASTY, "profile": "mini", "port": 1}))
    code, text = run("tasks", "grade", task, desk)
    assert code == 2
    assert "was prepared for the task" in text
